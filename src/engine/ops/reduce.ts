/** Means and maxima over axes. */
import { defineOp } from '../op.js';
import { axisOf, sizeOf, type Tensor } from '../tensor.js';
import { expand, reduction, sum } from './broadcasting.js';
import { cast, div, equal, mul } from './elementwise.js';

/** Mean over the given axes; over all of them by default. */
export const mean = reduction('mean', 'ReduceMean', (x, _, g, { axes }) =>
  expand(div(g, sizeOf(axes.map((axis) => x.shape[axis]))), x.shape),
);
/** Largest element over the given axes; equal ones get equal parts of the gradient. */
export const max = reduction('max', 'ReduceMax', (x, y, g, { axes }) => {
  const mask = cast(equal(x, y), 'float32');
  return mul(mask, div(g, sum(mask, axes, true)));
});

/** Index of the largest element along one axis, int32; the first one where there are several. */
export const argMax = (x: Tensor, axis: number): Tensor => argMaxOp([x], { axis: axisOf(x.shape, axis) })[0];
const argMaxOp = defineOp<{ axis: number }>({
  name: 'argMax',
  keepsCells: true,
  infer: ([x], { axis }) => ({ shape: x.shape.map((n, i) => (i === axis ? 1 : n)), dtype: 'int32' }),
  gradient: 'zero',
  emit: ({ writer, inputs, outputs, inputTypes: [{ shape }], attributes: { axis }, where }) => {
    if (writer.dynamic && shape.length === 4 && axis !== 1)
      throw new Error(
        `${where} looks along axis ${axis}, whose size is free in this model: it can look along channels`,
      );
    // The operator's int64 is looked up in a table, because GPUs do not convert it.
    const numbers = Array.from({ length: shape[axis] }, (_, i) => i);
    const table = writer.constant(numbers, 'int32', [numbers.length]);
    writer.node('Gather', [table, writer.value('ArgMax', inputs, { axis, keepdims: 1 })], outputs);
  },
});
