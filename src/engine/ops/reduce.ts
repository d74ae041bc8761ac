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

/** Index of the largest element along one axis, int64; the first one where there are several. */
export const argMax = (x: Tensor, axis: number): Tensor => argMaxOp([x], { axis: axisOf(x.shape, axis) })[0];
const argMaxOp = defineOp<{ axis: number }>({
  name: 'argMax',
  keepsCells: true,
  infer: ([x], { axis }) => ({ shape: x.shape.map((n, i) => (i === axis ? 1 : n)), dtype: 'int64' }),
  gradient: 'zero',
  emit: ({ writer, inputs, outputs, attributes: { axis } }) =>
    writer.node('ArgMax', inputs, outputs, { axis, keepdims: 1 }),
});
