/**
 * What an op is: shape rule, gradient rule and ONNX emission in one object.
 *
 * A gradient rule returns one tensor (or null: no gradient flows) for each input; adding up what reaches a tensor by
 * several ways is left to the reverse walk in `autodiff.ts`. An op that has no gradient says so by `gradient: null`.
 */
import type { GraphWriter } from './onnx/writer.js';
import { type Node, showShape, type Tensor, type TensorType } from './tensor.js';

export interface GradientUse<A> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: A;
  /** Gradient of the first output. */
  readonly gradient: Tensor;
  /** Gradient of every output, null where none flows. */
  readonly gradients: readonly (Tensor | null)[];
}

export interface EmitUse<A> {
  readonly writer: GraphWriter;
  /** ONNX value names of the inputs and outputs. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: A;
  readonly inputTypes: readonly TensorType[];
  readonly outputTypes: readonly TensorType[];
  /** Whether anything reads output i: an optional output nobody reads need not be computed. */
  readonly used: readonly boolean[];
}

export interface OpDefinition<A extends object> {
  readonly name: string;
  /** Types of the outputs. @throws Error saying which shapes do not fit */
  infer(inputs: readonly Tensor[], attributes: A): TensorType | readonly TensorType[];
  readonly gradient: ((use: GradientUse<A>) => readonly (Tensor | null)[]) | null;
  /** Each cell of the output lies where the inputs' cells of the same index do: see `gridOf`. */
  readonly keepsCells?: true;
  emit(use: EmitUse<A>): void;
}

/** An op with its attribute type forgotten: what the graph walkers see. */
export interface OpRules {
  readonly name: string;
  gradient(use: GradientUse<object>): readonly (Tensor | null)[];
  readonly differentiable: boolean;
  readonly keepsCells: boolean;
  emit(use: EmitUse<object>): void;
  /** Makes the node anew with other inputs of the same types. */
  apply(inputs: readonly Tensor[], attributes: object, label: string): readonly Tensor[];
}

export interface Op<A extends object> extends OpRules {
  /** Uses the op in the graph and returns its outputs. */
  (inputs: readonly Tensor[], attributes: A): readonly Tensor[];
}

let created = 0;
let label = '';

/** Runs `build`; the nodes that it makes carry `name` as their label. */
export function labelled<T>(name: string, build: () => T): T {
  const outer = label;
  label = name;
  try {
    return build();
  } finally {
    label = outer;
  }
}

/** Every op that was defined, by name: tests go over it. */
export const opTable = new Map<string, OpRules>();

export function defineOp<A extends object>(definition: OpDefinition<A>): Op<A> {
  const apply = (inputs: readonly Tensor[], attributes: A, nodeLabel: string): readonly Tensor[] => {
    let types: TensorType | readonly TensorType[];
    try {
      types = definition.infer(inputs, attributes);
    } catch (error) {
      const where = nodeLabel ? ` in ${nodeLabel}` : '';
      const shapes = inputs.map((input) => showShape(input.shape)).join(', ');
      throw new Error(`${definition.name}${where} of ${shapes}: ${(error as Error).message}`);
    }
    const outputs: Tensor[] = [];
    const node: Node = { id: created++, rules, inputs: [...inputs], attributes, outputs, label: nodeLabel };
    const list = Array.isArray(types) ? (types as readonly TensorType[]) : [types as TensorType];
    for (const [slot, { shape, dtype }] of list.entries()) outputs.push({ shape, dtype, node, slot });
    return outputs;
  };
  const rules: Op<A> = Object.assign((inputs: readonly Tensor[], attributes: A) => apply(inputs, attributes, label), {
    differentiable: definition.gradient !== null,
    keepsCells: definition.keepsCells === true,
    gradient: (use: GradientUse<object>) => definition.gradient?.(use as GradientUse<A>) ?? use.inputs.map(() => null),
    emit: (use: EmitUse<object>) => definition.emit(use as EmitUse<A>),
    apply: (inputs: readonly Tensor[], attributes: object, nodeLabel: string) =>
      apply(inputs, attributes as A, nodeLabel),
  });
  Object.defineProperty(rules, 'name', { value: definition.name });
  opTable.set(definition.name, rules);
  return rules;
}
