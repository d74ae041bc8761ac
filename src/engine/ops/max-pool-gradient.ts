/** Gradients of max pooling: by comparisons where windows lie one pixel apart, by indices elsewhere. */
import type { GraphWriter } from '../onnx/writer.js';
import { defineOp } from '../op.js';
import { type Shape, sizeOf, type Tensor } from '../tensor.js';
import { selection } from './selection.js';
import type { Window } from './window.js';

/**
 * dX of max pooling: each gradient goes to the first largest pixel of its window, in row-major order.
 * @param x what was pooled, [N, C, H, W]
 * @param y what came out, [N, C, H', W']; read only where windows are one pixel apart
 * @param indices flat index of each window's largest pixel; read only where they are not
 * @param dy [N, C, H', W']
 */
export function maxPoolGradient(x: Tensor, y: Tensor, indices: Tensor, dy: Tensor, window: Window): Tensor {
  const { kernel, stride, dilation, padding } = window;
  const dense =
    [...stride, ...dilation].every((n) => n === 1) &&
    [0, 1].every((axis) => kernel[axis] - 1 === padding[axis] + padding[2 + axis]);
  return dense ? compareOp([x, y, dy], window)[0] : scatterOp([dy, indices], { shape: x.shape })[0];
}

/** Adds each gradient up at the flat index that its window took its value from. */
const scatterOp = defineOp<{ shape: Shape }>({
  name: 'maxPoolScatter',
  infer: (_, { shape }) => ({ shape, dtype: 'float32' }),
  gradient: null,
  emit: ({ writer, inputs: [dy, indices], outputs, attributes: { shape } }) => {
    const zeros = writer.filled(0, [sizeOf(shape)]);
    const [at, values] = [indices, dy].map((name) => writer.reshape(name, [-1]));
    const sums = writer.value('ScatterElements', [zeros, at, values], { axis: 0, reduction: 'add' });
    writer.reshape(sums, shape, outputs[0]);
  },
});

/**
 * With windows one pixel apart, the maximum of a rectangle is the maximum over rows of maxima along rows, and what each
 * pixel is compared with is the image itself, shifted. Needs no indices, with which the runtime's pooling is slow.
 */
const compareOp = defineOp<Window>({
  name: 'maxPoolCompare',
  infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  gradient: null,
  emit: ({ writer, inputs: [x, y, dy], outputs, attributes: { kernel, padding }, inputTypes }) => {
    const [n, c, h, w] = inputTypes[0].shape;
    const alongRows = writer.value('MaxPool', [x], {
      kernel_shape: [1, kernel[1]],
      strides: [1, 1],
      pads: [0, padding[1], 0, padding[3]],
    });
    // A shift by a row is a shift by w in a flat image.
    const rows = { length: h * w, step: w, taps: kernel[0], before: padding[0] };
    const columns = { length: w, step: 1, taps: kernel[1], before: padding[1] };
    const flat = (name: string, { length }: Line) => writer.reshape(name, [-1, length]);
    const byRows = firstLargest(writer, flat(alongRows, rows), flat(y, rows), flat(dy, rows), rows);
    const byColumns = firstLargest(writer, flat(x, columns), flat(alongRows, columns), flat(byRows, columns), columns);
    writer.reshape(byColumns, [n, c, h, w], outputs[0]);
  },
});

interface Line {
  readonly length: number;
  /** Elements from one tap to the next. */
  readonly step: number;
  readonly taps: number;
  /** Taps before the middle of a window. */
  readonly before: number;
}

const LOWEST = -3.4028234663852886e38;

/**
 * Gradient of the maxima y over windows along lines, x, y and g [lines, length]. Tap i of the window at p is x_i[p] =
 * x[p + (i - before) step]. From the first tap to the last but one, x_i takes what is left of the gradient where it is
 * the maximum, and nothing elsewhere; the last takes the rest.
 */
function firstLargest(writer: GraphWriter, x: string, y: string, g: string, line: Line): string {
  const { step, taps, before } = line;
  const offset = (tap: number) => (tap - before) * step;
  let rest = g;
  const parts: string[] = [];
  for (let i = 0; i < taps - 1; i++) {
    const seen = shifted(writer, x, line, offset(i), LOWEST);
    const wins = writer.value('Cast', [writer.value('Equal', [seen, y])], { to: writer.typeCode('float32') });
    const part = writer.value('Mul', [rest, wins]);
    rest = writer.value('Sub', [rest, part]);
    parts.push(shifted(writer, part, line, -offset(i), 0));
  }
  parts.push(shifted(writer, rest, line, -offset(taps - 1), 0));
  return parts.reduce((sum, part) => writer.value('Add', [sum, part]));
}

/** Lines shorter than this are shifted by a product with a shifted identity, which takes a third of the time of Pad. */
const SHORT = 64;

/** Lines whose element p is element p + by of the given ones, or `fill` where there is none. */
function shifted(writer: GraphWriter, lines: string, { length }: Line, by: number, fill: number): string {
  if (by === 0) return lines;
  if (length >= SHORT) return writer.value('Pad', [lines, writer.int64s([0, -by, 0, by]), writer.scalar(fill)]);
  const square = selection(length, length, (from) => from - by);
  const matrix = writer.constant(square, 'float32', [length, length]);
  if (fill === 0) return writer.value('MatMul', [lines, matrix]);
  const edge = Float32Array.from({ length }, (_, p) => (p + by >= 0 && p + by < length ? 0 : fill));
  return writer.value('Gemm', [lines, matrix, writer.constant(edge, 'float32', [length])]);
}
