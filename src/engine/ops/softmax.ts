/** Softmax and its logarithm along one axis, safe for large logits. */
import { defineOp, type EmitUse } from '../op.js';
import { axisOf, type Tensor } from '../tensor.js';
import { exp, mul, sub } from './elementwise.js';
import { sum } from './reduce.js';

export const softmax = (x: Tensor, axis: number): Tensor => softmaxOp([x], { axis: axisOf(x.shape, axis) })[0];
export const logSoftmax = (x: Tensor, axis: number): Tensor => logSoftmaxOp([x], { axis: axisOf(x.shape, axis) })[0];

const softmaxOp = defineOp<{ axis: number }>({
  name: 'softmax',
  keepsCells: true,
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: ({ outputs: [y], attributes: { axis }, gradient: g }) => [mul(y, sub(g, sum(mul(g, y), [axis], true)))],
  emit: (use) => {
    const { writer, outputs } = use;
    if (isLast(use)) return emitWhole('Softmax', use);
    const { powers, total } = emitParts(use);
    writer.node('Div', [powers, total], outputs);
  },
});

const logSoftmaxOp = defineOp<{ axis: number }>({
  name: 'logSoftmax',
  keepsCells: true,
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: ({ outputs: [y], attributes: { axis }, gradient: g }) => [sub(g, mul(exp(y), sum(g, [axis], true)))],
  emit: (use) => {
    const { writer, outputs } = use;
    if (isLast(use)) return emitWhole('LogSoftmax', use);
    const { less, total } = emitParts(use);
    writer.node('Sub', [less, writer.value('Log', [total])], outputs);
  },
});

type Use = EmitUse<{ axis: number }>;

const isLast = ({ attributes: { axis }, inputTypes }: Use): boolean => axis === inputTypes[0].shape.length - 1;

const emitWhole = (type: string, { writer, inputs, outputs, attributes }: Use): void =>
  writer.node(type, inputs, outputs, { axis: attributes.axis });

/**
 * x - m with m the maximum along the axis, e^(x - m) and its sum: over any axis but the last the runtime's operators
 * transpose twice, which at 40 classes takes 5 to 16 times as long (docs/decisions/002-formulations.md).
 */
function emitParts({ writer, inputs: [x], attributes: { axis } }: Use) {
  const over = (type: string, y: string) => writer.value(type, [y, writer.int64s([axis])]);
  const less = writer.value('Sub', [x, over('ReduceMax', x)]);
  const powers = writer.value('Exp', [less]);
  return { less, powers, total: over('ReduceSum', powers) };
}
