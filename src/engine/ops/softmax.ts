/** Softmax and its logarithm along one axis, safe for large logits. */
import { defineOp } from '../op.js';
import { axisOf, type Tensor } from '../tensor.js';
import { exp, mul, sub } from './elementwise.js';
import { sum } from './reduce.js';

export const softmax = (x: Tensor, axis: number): Tensor => softmaxOp([x], { axis: axisOf(x.shape, axis) })[0];
export const logSoftmax = (x: Tensor, axis: number): Tensor => logSoftmaxOp([x], { axis: axisOf(x.shape, axis) })[0];

const softmaxOp = defineOp<{ axis: number }>({
  name: 'softmax',
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: ({ outputs: [y], attributes: { axis }, gradient: g }) => [mul(y, sub(g, sum(mul(g, y), [axis], true)))],
  emit: ({ writer, inputs: [x], outputs, attributes: { axis }, inputTypes }) => {
    if (axis === inputTypes[0].shape.length - 1) {
      writer.node('Softmax', [x], outputs, { axis });
      return;
    }
    // exp(x - m) / sum exp(x - m), m the maximum: over any axis but the last the runtime's operator transposes twice,
    // which at 40 classes takes eight times as long (docs/decisions/006-inference.md).
    const over = (type: string, y: string) => writer.value(type, [y, writer.int64s([axis])]);
    const largest = over('ReduceMax', x);
    const powers = writer.value('Exp', [writer.value('Sub', [x, largest])]);
    writer.node('Div', [powers, over('ReduceSum', powers)], outputs);
  },
});

const logSoftmaxOp = defineOp<{ axis: number }>({
  name: 'logSoftmax',
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: ({ outputs: [y], attributes: { axis }, gradient: g }) => [sub(g, mul(exp(y), sum(g, [axis], true)))],
  emit: ({ writer, inputs, outputs, attributes }) =>
    writer.node('LogSoftmax', inputs, outputs, { axis: attributes.axis }),
});
