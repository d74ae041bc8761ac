/** Leaves out the taps of a kernel that see only padding. With a dilation as large as the map most taps do. */
import type { GraphWriter } from '../../../onnx/writer.js';
import { type Padding, type Pair, tapRange, type Window, windowOutput } from '../../../ops/window.js';
import type { Shape } from '../../../tensor.js';
import { selection } from '../selection.js';

/** First and last (exclusive) row and column of a part of a kernel. */
export type Taps = readonly [rows: Pair, columns: Pair];

/** The part of a kernel whose taps see a pixel of the map at some position. */
export function liveTaps(input: Shape, window: Window): Taps {
  const output = windowOutput(input, window);
  const live = [0, 1].map((axis) => {
    const taps = Array.from({ length: window.kernel[axis] }, (_, tap) => tap).filter((tap) => {
      const [from, to] = tapRange(input[2 + axis], output[axis], tap, axis, window);
      return from < to;
    });
    // If no tap sees a pixel, one is kept, because a convolution needs a kernel.
    return [taps[0] ?? 0, (taps.at(-1) ?? 0) + 1] as const;
  });
  return [live[0], live[1]];
}

/** The live part of weights [O, C, kh, kw], picked by a matrix product, which uses all threads. */
export function cropKernel(
  writer: GraphWriter,
  weight: string,
  [o, c, kh, kw]: Shape,
  [[top, bottom], [left, right]]: Taps,
): string {
  const [rows, columns] = [bottom - top, right - left];
  if (rows === kh && columns === kw) return weight;
  const pick = selection(kh * kw, rows * columns, (tap) => {
    const [row, column] = [Math.floor(tap / kw) - top, (tap % kw) - left];
    return row >= 0 && column >= 0 && column < columns ? row * columns + column : -1;
  });
  const taps = writer.reshape(weight, [o * c, kh * kw]);
  const live = writer.value('MatMul', [taps, writer.constant(pick, 'float32', [kh * kw, rows * columns])]);
  return writer.reshape(live, [o, c, rows, columns]);
}

/** Kernel size and padding that keep the output where it was after a kernel was cropped. Padding may be negative. */
export function croppedWindow({ kernel, dilation, padding }: Window, [rows, columns]: Taps): [Pair, Padding] {
  return [
    [rows[1] - rows[0], columns[1] - columns[0]],
    [
      padding[0] - rows[0] * dilation[0],
      padding[1] - columns[0] * dilation[1],
      padding[2] - (kernel[0] - rows[1]) * dilation[0],
      padding[3] - (kernel[1] - columns[1]) * dilation[1],
    ],
  ];
}
