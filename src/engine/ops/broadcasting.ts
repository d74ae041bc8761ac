/**
 * Reductions and repetitions of axes. `sum` and `expand` are each other's gradients, so they are in one file: gradients
 * of broadcast operands need both (`sumTo`).
 */
import type { Reduction } from '../onnx/writer.js';
import { defineOp, type Op } from '../op.js';
import { axisOf, type Shape, sameShape, showShape, sizeOf, type Tensor } from '../tensor.js';

/** The same elements in row-major order under another shape. */
export const reshape = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : reshapeOp([x], { shape: [...shape] })[0];
export const reshapeOp = defineOp<{ shape: Shape }>({
  name: 'reshape',
  infer: ([x], { shape }) => {
    if (sizeOf(x.shape) !== sizeOf(shape)) throw new Error(`cannot be read as ${showShape(shape)}`);
    return { shape, dtype: x.dtype };
  },
  gradient: ({ inputs: [x], gradient }) => [reshape(gradient, x.shape)],
  emit: ({ writer, inputs, outputs, attributes: { shape } }) => writer.reshape(inputs[0], shape, outputs[0]),
});

/** Repeats axes of size 1 until the shape is reached. */
export const expand = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : expandOp([x], { shape: [...shape] })[0];
const expandOp = defineOp<{ shape: Shape }>({
  name: 'expand',
  infer: ([x], { shape }) => {
    const lead = shape.length - x.shape.length;
    if (lead < 0 || x.shape.some((n, i) => n !== 1 && n !== shape[lead + i]))
      throw new Error(`cannot be repeated to ${showShape(shape)}`);
    return { shape, dtype: x.dtype };
  },
  gradient: ({ inputs: [x], gradient }) => [sumTo(gradient, x.shape)],
  emit: ({ writer, inputs, outputs, attributes: { shape } }) =>
    writer.node('Expand', [inputs[0], writer.int64s(shape)], outputs),
});

interface Axes {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

const reduced = (shape: Shape, { axes, keepDims }: Axes): number[] =>
  keepDims ? shape.map((n, i) => (axes.includes(i) ? 1 : n)) : shape.filter((_, i) => !axes.includes(i));

/** The reduced tensor with its axes back as size 1, so that it broadcasts against the input. */
const unreduced = (y: Tensor, input: Shape, axes: Axes): Tensor =>
  reshape(y, reduced(input, { axes: axes.axes, keepDims: true }));

/**
 * An op that reduces axes; all of them by default.
 * @param gradient of the input x, from x, the output y and the gradient g by y; y and g have the reduced axes as size 1
 */
export function reduction(
  name: string,
  onnx: Reduction,
  gradient: (x: Tensor, y: Tensor, g: Tensor, axes: Axes) => Tensor,
) {
  const op: Op<Axes> = defineOp<Axes>({
    name,
    keepsCells: true,
    infer: ([x], attributes) => ({ shape: reduced(x.shape, attributes), dtype: x.dtype }),
    gradient: ({ inputs: [x], outputs: [y], attributes, gradient: g }) => [
      gradient(x, unreduced(y, x.shape, attributes), unreduced(g, x.shape, attributes), attributes),
    ],
    emit: ({ writer, inputs, outputs, attributes: { axes, keepDims } }) =>
      writer.reduce(onnx, inputs[0], axes, keepDims, outputs[0]),
  });
  return (x: Tensor, axes: readonly number[] = x.shape.map((_, i) => i), keepDims = false): Tensor => {
    const sorted = [...new Set(axes.map((axis) => axisOf(x.shape, axis)))].sort((a, b) => a - b);
    // An empty list of axes means "all" to ONNX.
    return sorted.length === 0 ? x : op([x], { axes: sorted, keepDims })[0];
  };
}

/** Sum over the given axes; over all of them by default. */
export const sum = reduction('sum', 'ReduceSum', (x, _, g) => expand(g, x.shape));
/** Sums a tensor down to a shape that broadcasts to its own: the transpose of broadcasting. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((n, i) => (i < lead || (shape[i - lead] === 1 && n !== 1) ? [i] : []));
  return reshape(sum(x, axes, true), shape);
}
