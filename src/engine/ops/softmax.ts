/** Softmax and its logarithm along one axis, safe for large logits. */
import { defineOp } from '../op.js';
import { axisOf, type Tensor } from '../tensor.js';
import { sum } from './broadcasting.js';
import { exp, mul, sub } from './elementwise.js';

export interface SoftmaxAttributes {
  readonly axis: number;
}

export const softmax = (x: Tensor, axis: number): Tensor => softmaxOp([x], { axis: axisOf(x.shape, axis) })[0];
export const logSoftmax = (x: Tensor, axis: number): Tensor => logSoftmaxOp([x], { axis: axisOf(x.shape, axis) })[0];

export const softmaxOp = defineOp<SoftmaxAttributes>({
  name: 'softmax',
  keepsCells: true,
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: ({ outputs: [y], attributes: { axis }, gradient: g }) => [mul(y, sub(g, sum(mul(g, y), [axis], true)))],
  emit: ({ writer, inputs, outputs, attributes: { axis } }) => writer.node('Softmax', inputs, outputs, { axis }),
});

export const logSoftmaxOp = defineOp<SoftmaxAttributes>({
  name: 'logSoftmax',
  keepsCells: true,
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: ({ outputs: [y], attributes: { axis }, gradient: g }) => [sub(g, mul(exp(y), sum(g, [axis], true)))],
  emit: ({ writer, inputs, outputs, attributes: { axis } }) => writer.node('LogSoftmax', inputs, outputs, { axis }),
});
