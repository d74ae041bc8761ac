/**
 * What a graph is lowered for.
 *
 * An op (`src/engine/ops`) has a reference emission in standard ONNX operators. A target may replace an op by other ops
 * first (for maps of a certain size, for example), or emit it as other operators. An op that is in neither of its tables
 * is written by its reference emission.
 */
import type { EmitContext, Op } from '../op.js';
import { rewrite } from '../rewrite.js';
import type { Node, Precision, Tensor } from '../tensor.js';

/** What a runtime can do, if emissions of several ops depend on it. What concerns one op is in the target's tables. */
export interface Capabilities {
  /** It has `FusedMatMul` of com.microsoft: products of transposed operands without a Transpose. */
  readonly fusedMatmul: boolean;
  /** Its `MaxPool` returns the indices of the largest elements. */
  readonly poolIndices: boolean;
  /**
   * Channels of a block in its own layout of feature maps (com.microsoft.nchwc); 0 where that is not to be used. It
   * depends on the processor, and a wrong number yields wrong values: `runtime/convolution-block.ts` finds it.
   */
  readonly blockedConvolution: number;
}

/** Makes of a node's new inputs what replaces its outputs; undefined to leave the node. */
export type Rewrite = (node: Node, inputs: readonly Tensor[]) => readonly Tensor[] | undefined;
export type Emission = (context: EmitContext<object>) => void;

/** By the names of ops. */
export type Rewrites = ReadonlyMap<string, Rewrite>;
export type Emissions = ReadonlyMap<string, Emission>;

export interface Target {
  readonly name: string;
  /** How tensors of type float32 are stored and computed. */
  readonly precision: Precision;
  readonly capabilities: Capabilities;
  /** Ops that become other ops. Applied to graphs of fixed sizes whose weights are fed: those of training. */
  readonly rewrites: Rewrites;
  /** Ops that are emitted in the target's own way. */
  readonly emissions: Emissions;
}

/** A row of a table of rewrites: of `op`, by a function that is given its attributes. */
export const rewriteOf = <A extends object>(
  op: Op<A>,
  replace: (inputs: readonly Tensor[], attributes: A, node: Node) => readonly Tensor[] | undefined,
): readonly [string, Rewrite] => [op.name, (node, inputs) => replace(inputs, node.attributes as A, node)];

/** A row of a table of emissions. */
export const emissionOf = <A extends object>(
  op: Op<A>,
  emit: (context: EmitContext<A>) => void,
): readonly [string, Emission] => [op.name, (context) => emit(context as EmitContext<A>)];

/** The graph in which the target's rewrites have replaced nodes. */
export const lowered = (outputs: readonly Tensor[], { rewrites }: Target): readonly Tensor[] =>
  rewrites.size === 0 ? outputs : rewrite(outputs, (node, inputs) => rewrites.get(node.rules.name)?.(node, inputs));
