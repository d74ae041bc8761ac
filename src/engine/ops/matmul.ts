/** Matrix products, batched over leading axes that broadcast. */
import { defineOp } from '../op.js';
import type { Shape, Tensor } from '../tensor.js';
import { broadcast } from './elementwise.js';
import { emitMatmul64 } from './float64.js';
import { sumTo } from './reduce.js';

interface Transposed {
  /** Read the last two axes of the first operand the other way round. */
  readonly a: boolean;
  readonly b: boolean;
}

const rowsColumns = (shape: Shape, transposed: boolean): [number, number] => {
  const [m, n] = shape.slice(-2);
  return transposed ? [n, m] : [m, n];
};

/** [..., M, K] x [..., K, N] -> [..., M, N]; either operand may be given transposed. */
export const matmul = (a: Tensor, b: Tensor, given: Partial<Transposed> = {}): Tensor =>
  matmulOp([a, b], { a: false, b: false, ...given })[0];

const matmulOp = defineOp<Transposed>({
  name: 'matmul',
  infer: ([a, b], given) => {
    if (a.shape.length < 2 || b.shape.length < 2) throw new Error('a matrix product takes tensors of rank 2 or more');
    const [m, k] = rowsColumns(a.shape, given.a);
    const [k2, n] = rowsColumns(b.shape, given.b);
    if (k !== k2) throw new Error(`inner sizes ${k} and ${k2} differ`);
    return { shape: [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n], dtype: a.dtype };
  },
  // Y = A B: dA = dY B^T, dB = A^T dY; a transposed operand's gradient is the transposed product.
  gradient: ({ inputs: [a, b], attributes: t, gradient: g }) => [
    sumTo(t.a ? matmul(b, g, { a: t.b, b: true }) : matmul(g, b, { b: !t.b }), a.shape),
    sumTo(t.b ? matmul(g, a, { a: true, b: t.a }) : matmul(a, g, { a: !t.a }), b.shape),
  ],
  emit: (use) => {
    const { writer, inputs, outputs, attributes: t } = use;
    if (writer.precision === 'float64') return emitMatmul64(use);
    if (t.a || t.b) {
      const attributes = { transA: Number(t.a), transB: Number(t.b) };
      writer.node('FusedMatMul', inputs, outputs, attributes, 'com.microsoft');
    } else writer.node('MatMul', inputs, outputs);
  },
});
