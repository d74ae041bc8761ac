/**
 * The gradient of max pooling where windows lie one pixel apart: by comparing the image, shifted, with the maxima, once
 * along each axis. It needs no indices of the maxima, with which the runtime's pooling is several times slower. For other
 * windows the reference stays: docs/decisions/002-formulations.md.
 */
import type { GraphWriter } from '../../onnx/writer.js';
import { defineOp } from '../../op.js';
import { maxPoolGradientOp } from '../../ops/max-pool-gradient.js';
import type { Window } from '../../ops/window.js';
import { rewriteOf } from '../target.js';
import type { CpuTuning } from './constants.js';
import { selection } from './selection.js';

export const maxPoolRewrites = ({ shortLine }: CpuTuning) => [
  rewriteOf(maxPoolGradientOp, ([x, y, , dy], window) =>
    isDense(window) ? compareOp([x, y, dy], { ...window, shortLine }) : undefined,
  ),
];

/** Whether windows lie one pixel apart and the map keeps its size. */
const isDense = ({ kernel, stride, dilation, padding }: Window): boolean =>
  [...stride, ...dilation].every((n) => n === 1) &&
  [0, 1].every((axis) => kernel[axis] - 1 === padding[axis] + padding[2 + axis]);

/**
 * The maximum of a rectangle is the maximum over rows of maxima along rows. So the gradient goes to rows first, of the
 * maxima along rows, and then to columns.
 * Inputs are x, what was pooled, y, what came out, and the gradient by y; all are [N, C, H, W].
 */
const compareOp = defineOp<Window & { readonly shortLine: number }>({
  name: 'maxPoolGradientByComparison',
  infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  gradient: 'unsupported',
  emit: ({ writer, inputs: [x, y, dy], outputs, attributes: { kernel, padding, shortLine }, inputTypes }) => {
    const [n, c, h, w] = inputTypes[0].shape;
    const alongRows = writer.value('MaxPool', [x], {
      kernel_shape: [1, kernel[1]],
      strides: [1, 1],
      pads: [0, padding[1], 0, padding[3]],
    });
    // A shift by a row is a shift by w in a flat image.
    const rows = { length: h * w, step: w, taps: kernel[0], before: padding[0], shortLine };
    const columns = { length: w, step: 1, taps: kernel[1], before: padding[1], shortLine };
    const flat = (name: string, { length }: Line) => writer.reshape(name, [-1, length]);
    const byRows = emitLineGradient(writer, flat(alongRows, rows), flat(y, rows), flat(dy, rows), rows);
    const byColumns = emitLineGradient(
      writer,
      flat(x, columns),
      flat(alongRows, columns),
      flat(byRows, columns),
      columns,
    );
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
  /** Lines of fewer elements are shifted by a product: see `CpuTuning`. */
  readonly shortLine: number;
}

const LOWEST = -3.4028234663852886e38;

/**
 * Gradient of the maxima y over windows along lines, x, y and g [lines, length]. Tap i of the window at p is x_i[p] =
 * x[p + (i - before) step]. From the first tap to the last but one, x_i takes what is left of the gradient where it is
 * the maximum, and nothing elsewhere; the last takes the rest.
 */
function emitLineGradient(writer: GraphWriter, x: string, y: string, g: string, line: Line): string {
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

/** Lines whose element p is element p + by of the given ones, or `fill` where there is none. */
function shifted(writer: GraphWriter, lines: string, { length, shortLine }: Line, by: number, fill: number): string {
  if (by === 0) return lines;
  if (length >= shortLine) return writer.value('Pad', [lines, writer.int64s([0, -by, 0, by]), writer.scalar(fill)]);
  const square = selection(length, length, (from) => from - by);
  const matrix = writer.constant(square, 'float32', [length, length]);
  if (fill === 0) return writer.value('MatMul', [lines, matrix]);
  const edge = Float32Array.from({ length }, (_, p) => (p + by >= 0 && p + by < length ? 0 : fill));
  return writer.value('Gemm', [lines, matrix, writer.constant(edge, 'float32', [length])]);
}
