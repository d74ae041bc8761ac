/** Ops that move elements without changing them. */
import { defineOp } from '../op.js';
import { axisOf, type Shape, type Tensor } from '../tensor.js';
import { reshape } from './broadcasting.js';

/** Axis i of the result is axis `order[i]` of x. */
export const transpose = (x: Tensor, order: readonly number[]): Tensor => transposeOp([x], { order })[0];
const transposeOp = defineOp<{ order: readonly number[] }>({
  name: 'transpose',
  infer: ([x], { order }) => {
    if ([...order].sort((a, b) => a - b).join() !== x.shape.map((_, i) => i).join())
      throw new Error(`[${order}] is no order of its axes`);
    return { shape: order.map((axis) => x.shape[axis]), dtype: x.dtype };
  },
  gradient: ({ attributes: { order }, gradient }) => [
    transpose(
      gradient,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ],
  emit: ({ writer, inputs, outputs, attributes: { order } }) =>
    writer.node('Transpose', inputs, outputs, { perm: order }),
});

/** Joins tensors along one axis. */
export const concat = (xs: readonly Tensor[], axis: number): Tensor =>
  xs.length === 1 ? xs[0] : concatOp(xs, { axis: axisOf(xs[0].shape, axis) })[0];
const concatOp = defineOp<{ axis: number }>({
  name: 'concat',
  keepsCells: true,
  infer: (xs, { axis }) => {
    for (const x of xs) {
      if (x.shape.length !== xs[0].shape.length || x.shape.some((n, i) => i !== axis && n !== xs[0].shape[i]))
        throw new Error(`shapes may differ along axis ${axis} only`);
    }
    const joined = xs.reduce((size, x) => size + x.shape[axis], 0);
    return { shape: xs[0].shape.map((n, i) => (i === axis ? joined : n)), dtype: xs[0].dtype };
  },
  gradient: ({ inputs, attributes: { axis }, gradient }) => {
    let end = 0;
    return inputs.map((x) => {
      const start = end;
      end += x.shape[axis];
      return slice(gradient, { axis, start, end });
    });
  },
  emit: ({ writer, inputs, outputs, attributes: { axis } }) => writer.node('Concat', inputs, outputs, { axis }),
});

export interface Range {
  readonly axis: number;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly step?: number;
}

/** Elements start, start + step, ... below end along each given axis. */
export const slice = (x: Tensor, ...ranges: readonly Range[]): Tensor =>
  sliceOp([x], { ranges: ranges.map((range) => ({ ...range, axis: axisOf(x.shape, range.axis) })) })[0];
const sliceOp = defineOp<{ ranges: readonly Range[] }>({
  name: 'slice',
  keepsCells: true,
  infer: ([x], { ranges }) => {
    const shape = [...x.shape];
    for (const { axis, start, end, step = 1 } of ranges) {
      if (start < 0 || end > x.shape[axis] || start >= end || step < 1)
        throw new Error(`no elements ${start} to ${end} by ${step} along axis ${axis}`);
      shape[axis] = Math.ceil((end - start) / step);
    }
    return { shape, dtype: x.dtype };
  },
  gradient: ({ inputs: [x], attributes: { ranges }, gradient }) => {
    if (ranges.some(({ step = 1 }) => step !== 1)) return [spread(gradient, x.shape, ranges)];
    const before = x.shape.map((_, i) => ranges.find(({ axis }) => axis === i)?.start ?? 0);
    const after = x.shape.map((n, i) => n - before[i] - gradient.shape[i]);
    return [pad(gradient, before, after)];
  },
  emit: ({ writer, inputs, outputs, attributes: { ranges }, inputTypes: [x], where }) => {
    const free = ranges.find(({ axis }) => x.shape.length === 4 && axis !== 1);
    if (writer.dynamic && free)
      throw new Error(
        `${where} takes elements ${free.start} to ${free.end} of axis ${free.axis}, whose size is free in this model: ` +
          'slice channels only, or use a window (avgPool, maxPool)',
      );
    const list = (pick: (range: Range) => number) => writer.int64s(ranges.map(pick));
    const [start, end, axis] = [list((r) => r.start), list((r) => r.end), list((r) => r.axis)];
    writer.node('Slice', [inputs[0], start, end, axis, list((r) => r.step ?? 1)], outputs);
  },
});

/** The transpose of a slice with steps: elements go back to their places, zeros between them. */
function spread(x: Tensor, shape: Shape, ranges: readonly Range[]): Tensor {
  let result = x;
  for (const { axis, start, end, step = 1 } of ranges) {
    const n = result.shape[axis];
    const [head, tail] = [result.shape.slice(0, axis), result.shape.slice(axis + 1)];
    // A step's elements: the kept one and step - 1 zeros after it.
    const zeros = [...head, n, 1, ...tail].map(() => 0);
    const widened = pad(reshape(result, [...head, n, 1, ...tail]), zeros, zeros.with(axis + 1, step - 1));
    const flat = reshape(widened, [...head, n * step, ...tail]);
    const span = Math.min(n * step, end - start);
    const none = flat.shape.map(() => 0);
    result = pad(
      slice(flat, { axis, start: 0, end: span }),
      none.with(axis, start),
      none.with(axis, shape[axis] - start - span),
    );
  }
  return result;
}

/** Adds `before` and `after` elements of one value around each axis. */
export const pad = (x: Tensor, before: readonly number[], after: readonly number[], value = 0): Tensor =>
  [...before, ...after].every((n) => n === 0) ? x : padOp([x], { before, after, value })[0];
const padOp = defineOp<{ before: readonly number[]; after: readonly number[]; value: number }>({
  name: 'pad',
  infer: ([x], { before, after }) => {
    if ([...before, ...after].some((n) => n < 0)) throw new Error('padding may not be negative: use slice');
    return { shape: x.shape.map((n, i) => n + before[i] + after[i]), dtype: x.dtype };
  },
  gradient: ({ inputs: [x], attributes: { before }, gradient }) => [
    slice(gradient, ...x.shape.map((n, axis) => ({ axis, start: before[axis], end: before[axis] + n }))),
  ],
  emit: ({ writer, inputs, outputs, attributes: { before, after, value } }) =>
    writer.node('Pad', [inputs[0], writer.int64s([...before, ...after]), writer.scalar(value)], outputs),
});
