/** Symbolic tensors: values of known shape and type that a graph will compute, and the nodes that compute them. */
import type { Arithmetic } from './fluent.js';
import type { OpRules } from './op.js';

export type DType = 'float32' | 'int32' | 'int64' | 'bool' | 'uint8';
export type Shape = readonly number[];

/** The precision in which a graph computes tensors of type float32. float64 is for checks beyond float32's rounding. */
export type Precision = 'float32' | 'float64';
/** The type of numbers in a model and on the host. */
export type ElementType = DType | 'float64';
/** Numbers of either precision on the host. */
export type Floats = Float32Array | Float64Array;

export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A node of the graph: an op with its inputs, its attributes and the tensors that it yields. Only ops create nodes. */
export interface Node {
  /** Creation order; inputs always have a lower number, so sorting by it is a topological order. */
  readonly id: number;
  readonly rules: OpRules;
  readonly inputs: readonly Tensor[];
  readonly attributes: object;
  readonly outputs: readonly Tensor[];
  /** Path of the layer that made the node. Profiles and errors name the node by it. */
  readonly label: string;
}

/** A value of known shape that a graph will compute: output `slot` of `node`. */
export interface Tensor extends TensorType, Arithmetic {
  readonly node: Node;
  readonly slot: number;
}

export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);
export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`;
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i]);

/** A negative axis counts from the end. @throws RangeError when there is no such axis */
export function axisOf(shape: Shape, axis: number): number {
  const found = axis < 0 ? axis + shape.length : axis;
  if (found < 0 || found >= shape.length) throw new RangeError(`axis ${axis} of a tensor of shape ${showShape(shape)}`);
  return found;
}

/** All nodes that the given tensors depend on, in topological order. */
export function nodesOf(tensors: Iterable<Tensor>): Node[] {
  const found = new Set<Node>();
  const open = [...tensors].map((tensor) => tensor.node);
  for (let node = open.pop(); node; node = open.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const input of node.inputs) open.push(input.node);
  }
  return [...found].sort((a, b) => a.id - b.id);
}
