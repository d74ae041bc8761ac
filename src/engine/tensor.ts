/** Symbolic tensors: what a graph computes with before any number exists. */

export type DType = 'float32' | 'int32' | 'int64' | 'bool' | 'uint8';
export type Shape = readonly number[];

/** One use of an op: its inputs, attributes and the tensors it yields. Created by `defineOp` only. */
export interface Node {
  /** Creation order; inputs always have a lower number, so sorting by it is a topological order. */
  readonly id: number;
  readonly op: AnyOp;
  readonly inputs: readonly Tensor[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Tensor[];
}

/** A value of known shape that a graph will compute: output `slot` of `node`. */
export interface Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly node: Node;
  readonly slot: number;
}

/** What the graph walkers need to know of an op, whatever its attributes (see `op.ts` for the typed form). */
export interface AnyOp {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: attributes are checked where an op is defined and applied
  readonly gradient: ((use: any) => readonly (Tensor | null)[]) | null;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly emit: (use: any) => void;
}

export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);
export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`;
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i]);
