/** Matrix products, batched over leading axes that broadcast. */
import type { GraphWriter } from '../onnx/writer.js';
import { defineOp } from '../op.js';
import type { Shape, Tensor } from '../tensor.js';
import { sumTo } from './broadcasting.js';
import { broadcast } from './elementwise.js';

interface Transposed {
  /** Whether the last two axes of the first operand are exchanged, and those of the second. */
  readonly a: boolean;
  readonly b: boolean;
}

const rowsColumns = (shape: Shape, transposed: boolean): [number, number] => {
  const [m, n] = shape.slice(-2);
  return transposed ? [n, m] : [m, n];
};

/** [..., M, K] x [..., K, N] -> [..., M, N]; either operand may be given transposed. */
export const matmul = (a: Tensor, b: Tensor, transposed: Partial<Transposed> = {}): Tensor =>
  matmulOp([a, b], { a: false, b: false, ...transposed })[0];

const matmulOp = defineOp<Transposed>({
  name: 'matmul',
  infer: ([a, b], transposed) => {
    if (a.shape.length < 2 || b.shape.length < 2) throw new Error('a matrix product takes tensors of rank 2 or more');
    const [m, k] = rowsColumns(a.shape, transposed.a);
    const [k2, n] = rowsColumns(b.shape, transposed.b);
    if (k !== k2) throw new Error(`inner sizes ${k} and ${k2} differ`);
    return { shape: [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n], dtype: a.dtype };
  },
  // Y = A B: dA = dY B^T, dB = A^T dY; a transposed operand's gradient is the transposed product.
  gradient: ({ inputs: [a, b], attributes: t, gradient: g }) => [
    sumTo(t.a ? matmul(b, g, { a: t.b, b: true }) : matmul(g, b, { b: !t.b }), a.shape),
    sumTo(t.b ? matmul(g, a, { a: true, b: t.a }) : matmul(a, g, { a: !t.a }), b.shape),
  ],
  emit: ({ writer, inputs, outputs, attributes, inputTypes }) => {
    const [left, right] = (['a', 'b'] as const).map((side, i) => ({
      name: inputs[i],
      rank: inputTypes[i].shape.length,
      transposed: attributes[side],
    }));
    emitProduct(writer, left, right, outputs[0]);
  },
});

/** An operand of a matrix product in a graph that is written. */
export interface Factor {
  readonly name: string;
  readonly rank: number;
  /** Its last two axes are exchanged. */
  readonly transposed?: boolean;
}

/** Writes a matrix product, batched over leading axes, and returns its name. */
export function emitProduct(writer: GraphWriter, a: Factor, b: Factor, output = writer.fresh('product')): string {
  if (!a.transposed && !b.transposed) writer.node('MatMul', [a.name, b.name], [output]);
  else if (writer.target.capabilities.fusedMatmul)
    writer.node(
      'FusedMatMul',
      [a.name, b.name],
      [output],
      { transA: Number(a.transposed ?? false), transB: Number(b.transposed ?? false) },
      'com.microsoft',
    );
  else writer.node('MatMul', [ordered(writer, a), ordered(writer, b)], [output]);
  return output;
}

const ordered = (writer: GraphWriter, { name, rank, transposed }: Factor): string =>
  transposed ? emitTransposed(writer, name, rank) : name;

/** The value with its last two axes exchanged. */
export function emitTransposed(writer: GraphWriter, name: string, rank: number): string {
  const order = Array.from({ length: rank }, (_, i) => i);
  return writer.value('Transpose', [name], { perm: [...order.slice(0, -2), rank - 1, rank - 2] });
}
