/**
 * What an op is: its shape rule, its gradient rule and its reference emission, in one object.
 *
 * The reference emission writes ONNX operators of the standard domain. A target may write the op otherwise (`lower/`);
 * ops do not depend on targets.
 */
import type { Arithmetic } from './fluent.js';
import type { GraphWriter } from './onnx/writer.js';
import { type Node, showShape, type Tensor, type TensorType } from './tensor.js';

/** What a gradient rule is given. */
export interface GradientContext<A> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: A;
  /** Gradient of the loss by the first output. Reading it is an error if the loss depends on another output too. */
  readonly gradient: Tensor;
  /** Gradient of the loss by every output, null where none flows. */
  readonly gradients: readonly (Tensor | null)[];
}

/**
 * Returns the gradient by each input, of the input's shape, or null for an input through which no gradient flows, such as
 * an index. If several ops read a tensor, the reverse walk in `autodiff.ts` adds up what their rules return.
 */
export type GradientRule<A> = (context: GradientContext<A>) => readonly (Tensor | null)[];

/**
 * In place of a rule: 'zero' if the derivative is 0 wherever it exists, as that of a comparison; 'unsupported' if it is
 * not 0, but the op cannot be differentiated, as most ops that occur only in gradients.
 */
export type NoGradient = 'zero' | 'unsupported';

/** What an emission is given. */
export interface EmitContext<A> {
  readonly writer: GraphWriter;
  /** ONNX value names of the inputs and outputs. An output that nothing reads may be named '': it is not wanted. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: A;
  readonly inputTypes: readonly TensorType[];
  readonly outputTypes: readonly TensorType[];
  /** Whether anything reads output i: an optional output nobody reads need not be computed. */
  readonly used: readonly boolean[];
  /** The op and its layer, for errors. */
  readonly where: string;
}

export interface OpDefinition<A extends object> {
  readonly name: string;
  /** Types of the outputs. @throws Error saying which shapes do not fit */
  infer(inputs: readonly Tensor[], attributes: A): TensorType | readonly TensorType[];
  readonly gradient: GradientRule<A> | NoGradient;
  /** Whether each pixel of the output is computed from the same pixel of the inputs: it then has their grid (`gridOf`). */
  readonly keepsCells?: true;
  /** The reference emission. */
  emit(context: EmitContext<A>): void;
}

/** An op without the type of its attributes, for functions that handle any op. */
export interface OpRules {
  readonly name: string;
  readonly gradient: GradientRule<object> | NoGradient;
  readonly keepsCells: boolean;
  emit(context: EmitContext<object>): void;
  /** Makes the node anew with other inputs of the same types. */
  apply(inputs: readonly Tensor[], attributes: object, label: string): readonly Tensor[];
}

export interface Op<A extends object> extends OpRules {
  /** Adds a node to the graph and returns its outputs. */
  (inputs: readonly Tensor[], attributes: A): readonly Tensor[];
}

/** What every tensor inherits: the methods that `fluent.ts` puts here. */
export const tensorMethods = {} as Arithmetic;

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

/** Every op that was defined, by name. */
export const opTable: ReadonlyMap<string, OpRules> = new Map();

/** Defines an op. @throws Error when there is one of that name */
export function defineOp<A extends object>(definition: OpDefinition<A>): Op<A> {
  const { name, gradient } = definition;
  if (opTable.has(name)) throw new Error(`there is an op named ${name} already: give the new one another name`);
  const apply = (inputs: readonly Tensor[], attributes: A, nodeLabel: string): readonly Tensor[] => {
    let types: TensorType | readonly TensorType[];
    try {
      types = definition.infer(inputs, attributes);
    } catch (error) {
      const where = nodeLabel ? ` in ${nodeLabel}` : '';
      const shapes = inputs.map((input) => showShape(input.shape)).join(', ');
      throw new Error(`${name}${where} of ${shapes}: ${(error as Error).message}`);
    }
    const outputs: Tensor[] = [];
    const node: Node = { id: created++, rules, inputs: [...inputs], attributes, outputs, label: nodeLabel };
    const list = Array.isArray(types) ? (types as readonly TensorType[]) : [types as TensorType];
    for (const [slot, { shape, dtype }] of list.entries())
      outputs.push(Object.assign(Object.create(tensorMethods) as Arithmetic, { shape, dtype, node, slot }));
    return outputs;
  };
  const rules: Op<A> = Object.assign((inputs: readonly Tensor[], attributes: A) => apply(inputs, attributes, label), {
    // A node's attributes are those of its op, so the walkers may hand them back to its rules.
    gradient: gradient as GradientRule<object> | NoGradient,
    keepsCells: definition.keepsCells === true,
    emit: (context: EmitContext<object>) => definition.emit(context as EmitContext<A>),
    apply: (inputs: readonly Tensor[], attributes: object, nodeLabel: string) =>
      apply(inputs, attributes as A, nodeLabel),
  });
  Object.defineProperty(rules, 'name', { value: name });
  (opTable as Map<string, OpRules>).set(name, rules);
  return rules;
}

/** A node as errors name it: its op and, where it has one, the layer that made it. */
export const showNode = ({ rules, label: layer }: Node): string => (layer ? `${rules.name} in ${layer}` : rules.name);
