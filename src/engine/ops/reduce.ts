/** Sums, means and maxima over axes. */
import { defineOp, type Op } from '../op.js';
import { axisOf, type Shape, sameShape, sizeOf, type Tensor } from '../tensor.js';
import { cast, div, equal, mul } from './elementwise.js';
import { expand, reshape } from './shape.js';

interface Axes {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

const reduced = (shape: Shape, { axes, keepDims }: Axes): number[] =>
  keepDims ? shape.map((n, i) => (axes.includes(i) ? 1 : n)) : shape.filter((_, i) => !axes.includes(i));

/** The reduced tensor with its axes back as size 1, so that it broadcasts against the input. */
const unreduced = (y: Tensor, input: Shape, axes: Axes): Tensor =>
  reshape(y, reduced(input, { axes: axes.axes, keepDims: true }));

function reduction(name: string, onnx: string, gradient: (x: Tensor, y: Tensor, g: Tensor, axes: Axes) => Tensor) {
  const op: Op<Axes> = defineOp<Axes>({
    name,
    keepsCells: true,
    infer: ([x], attributes) => ({ shape: reduced(x.shape, attributes), dtype: x.dtype }),
    gradient: ({ inputs: [x], outputs: [y], attributes, gradient: g }) => [
      gradient(x, unreduced(y, x.shape, attributes), unreduced(g, x.shape, attributes), attributes),
    ],
    emit: ({ writer, inputs, outputs, attributes: { axes, keepDims } }) =>
      writer.node(onnx, [inputs[0], writer.int64s(axes)], outputs, { keepdims: keepDims ? 1 : 0 }),
  });
  return (x: Tensor, axes: readonly number[] = x.shape.map((_, i) => i), keepDims = false): Tensor => {
    const sorted = [...new Set(axes.map((axis) => axisOf(x.shape, axis)))].sort((a, b) => a - b);
    // An empty list of axes means "all" to ONNX.
    return sorted.length === 0 ? x : op([x], { axes: sorted, keepDims })[0];
  };
}

/** Sum over the given axes; over all of them by default. */
export const sum = reduction('sum', 'ReduceSum', (x, _, g) => expand(g, x.shape));
/** Mean over the given axes; over all of them by default. */
export const mean = reduction('mean', 'ReduceMean', (x, _, g, { axes }) =>
  expand(div(g, sizeOf(axes.map((axis) => x.shape[axis]))), x.shape),
);
/** Largest element over the given axes; equal ones get equal parts of the gradient. */
export const max = reduction('max', 'ReduceMax', (x, y, g, { axes }) => {
  const mask = cast(equal(x, y), 'float32');
  return mul(mask, div(g, sum(mask, axes, true)));
});

/** Sums a tensor down to a shape that broadcasts to its own: the transpose of broadcasting. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((n, i) => (i < lead || (shape[i - lead] === 1 && n !== 1) ? [i] : []));
  return reshape(sum(x, axes, true), shape);
}

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
