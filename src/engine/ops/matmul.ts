/** Matrix products, batched over leading axes that broadcast. */
import { defineOp } from '../op.js';
import type { Shape, Tensor } from '../tensor.js';
import { broadcast } from './elementwise.js';
import { emitMatmul64 } from './float64.js';
import { sumTo } from './reduce.js';
import { transpose } from './shape.js';

interface Transposed {
  /** Read the last two axes of the first operand the other way round. */
  readonly a: boolean;
  readonly b: boolean;
  /** The operands have rank 3, and the first one's batch is its second axis: [M, B, K], or [K, B, M] transposed. */
  readonly acrossA: boolean;
  readonly acrossB: boolean;
}

const exchange = (x: Tensor): Tensor => transpose(x, [1, 0, 2]);

const rowsColumns = (shape: Shape, transposed: boolean): [number, number] => {
  const [m, n] = shape.slice(-2);
  return transposed ? [n, m] : [m, n];
};

/** [..., M, K] x [..., K, N] -> [..., M, N]; either operand may be given transposed, or with another order of axes. */
export const matmul = (a: Tensor, b: Tensor, given: Partial<Transposed> = {}): Tensor =>
  matmulOp([a, b], { a: false, b: false, acrossA: false, acrossB: false, ...given })[0];

const matmulOp = defineOp<Transposed>({
  name: 'matmul',
  infer: ([a, b], given) => {
    if (a.shape.length < 2 || b.shape.length < 2) throw new Error('a matrix product takes tensors of rank 2 or more');
    const [first, second] = [
      given.acrossA ? batchFirst(a.shape) : a.shape,
      given.acrossB ? batchFirst(b.shape) : b.shape,
    ];
    const [m, k] = rowsColumns(first, given.a);
    const [k2, n] = rowsColumns(second, given.b);
    if (k !== k2) throw new Error(`inner sizes ${k} and ${k2} differ`);
    return { shape: [...broadcast(first.slice(0, -2), second.slice(0, -2)), m, n], dtype: a.dtype };
  },
  // Y = A B: dA = dY B^T, dB = A^T dY; a transposed operand's gradient is the transposed product.
  gradient: ({ inputs, attributes: t, gradient: g }) => {
    const [a, b] = [t.acrossA ? exchange(inputs[0]) : inputs[0], t.acrossB ? exchange(inputs[1]) : inputs[1]];
    const da = sumTo(t.a ? matmul(b, g, { a: t.b, b: true }) : matmul(g, b, { b: !t.b }), a.shape);
    const db = sumTo(t.b ? matmul(g, a, { a: true, b: t.a }) : matmul(a, g, { a: !t.a }), b.shape);
    return [t.acrossA ? exchange(da) : da, t.acrossB ? exchange(db) : db];
  },
  emit: (use) => {
    const { writer, inputs, outputs, attributes: t } = use;
    if (writer.precision === 'float64') return emitMatmul64(use);
    if (t.a || t.b || t.acrossA || t.acrossB) {
      const given = { transA: t.a, transB: t.b, transBatchA: t.acrossA, transBatchB: t.acrossB };
      const attributes = Object.fromEntries(Object.entries(given).map(([name, is]) => [name, Number(is)]));
      writer.node('FusedMatMul', inputs, outputs, attributes, 'com.microsoft');
    } else writer.node('MatMul', inputs, outputs);
  },
});

function batchFirst(shape: Shape): Shape {
  if (shape.length !== 3) throw new Error('an operand with its batch in the middle has rank 3');
  return [shape[1], shape[0], shape[2]];
}
