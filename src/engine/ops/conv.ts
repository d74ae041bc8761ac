/** Two-dimensional convolution. */
import { byWindow } from '../grid.js';
import type { GraphWriter } from '../onnx/writer.js';
import { defineOp } from '../op.js';
import { type Shape, showShape, type Tensor } from '../tensor.js';
import { blocksPay, emitBlocked } from './conv-blocked.js';
import { emitConv64 } from './conv-float64.js';
import { convInputGradient } from './conv-input-gradient.js';
import { convWeightGradient } from './conv-weight-gradient.js';
import { sum } from './reduce.js';
import { selection } from './selection.js';
import {
  type Padding,
  type Pair,
  paddingAttributes,
  type Window,
  type WindowOptions,
  windowOf,
  windowOutput,
} from './window.js';
import { winogradConv, winogradPays } from './winograd.js';

export interface ConvAttributes extends Window {
  readonly groups: number;
}

/**
 * Convolution (cross-correlation, as all frameworks have it).
 * @param x [N, C, H, W]
 * @param weight [O, C / groups, kh, kw]
 * @param bias [O]
 * @param options.form 'fastest' lets the op be written as matrix products where that takes less time, which holds for
 *   one image size only and rounds a little more; a model of free size wants 'plain'
 * @returns [N, O, H', W'], H' = floor((H + top + bottom - dilation (kh - 1) - 1) / stride) + 1
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: WindowOptions & { readonly groups?: number; readonly form?: 'plain' | 'fastest' } = {},
): Tensor {
  const [kh, kw] = weight.shape.slice(2);
  const window = windowOf([kh, kw], options, x.shape);
  const attributes = { ...window, groups: options.groups ?? 1 };
  const tiled = options.form === 'fastest' && !bias && winogradPays(x.shape, weight.shape, attributes);
  const y = tiled
    ? winogradConv(x, weight, attributes.dilation[0])
    : convOp(bias ? [x, weight, bias] : [x, weight], attributes)[0];
  return byWindow(y, x, window);
}

const convOp = defineOp<ConvAttributes>({
  name: 'conv2d',
  infer: ([x, weight, bias], attributes) => {
    const [outputs, perGroup] = weight.shape;
    const { groups } = attributes;
    if (perGroup * groups !== x.shape[1] || outputs % groups !== 0)
      throw new Error(`${x.shape[1]} channels do not fit weights ${showShape(weight.shape)} in ${groups} group(s)`);
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outputs))
      throw new Error(`the bias must be [${outputs}]`);
    return { shape: [x.shape[0], outputs, ...windowOutput(x.shape, attributes)], dtype: 'float32' };
  },
  gradient: ({ inputs: [x, weight, bias], attributes, gradient }) => [
    convInputGradient(gradient, weight, x.shape, attributes),
    convWeightGradient(x, gradient, attributes),
    ...(bias ? [sum(gradient, [0, 2, 3])] : []),
  ],
  emit: (use) => {
    const {
      writer,
      inputs,
      outputs,
      attributes,
      inputTypes: [x, { shape: weightShape }],
    } = use;
    if (writer.precision === 'float64') return emitConv64(use);
    const { kernel, stride, dilation, padding, groups } = attributes;
    let [weight, pads, shape]: [string, Padding, Pair] = [inputs[1], padding, kernel];
    if (!writer.dynamic) {
      const live = liveTaps(x.shape, attributes);
      weight = cropKernel(writer, weight, weightShape, live);
      [shape, pads] = croppedWindow(attributes, live);
    }
    const given = [inputs[0], weight, ...inputs.slice(2)] as const;
    if (blocksPay(writer, x.shape, weightShape, { kernel: shape, stride, groups })) {
      const live = [...weightShape.slice(0, 2), ...shape];
      emitBlocked(writer, { inputs: given, output: outputs[0], weight: live, exchanged: false, dilation, pads });
      return;
    }
    writer.node('Conv', given, outputs, {
      kernel_shape: shape,
      strides: stride,
      dilations: dilation,
      ...paddingAttributes({ ...attributes, padding: pads }, writer.dynamic),
      group: groups,
    });
  },
});

/** First and last (exclusive) row and column of a part of a kernel. */
type Taps = readonly [rows: Pair, columns: Pair];

/** The part of a kernel that meets a real pixel anywhere: a dilation beyond the map leaves taps that multiply zeros. */
export function liveTaps(input: Shape, window: Window): Taps {
  const output = windowOutput(input, window);
  const live = [0, 1].map((axis) => {
    const taps = Array.from({ length: window.kernel[axis] }, (_, tap) => tap).filter((tap) => {
      const [from, to] = tapRange(input[2 + axis], output[axis], tap, axis, window);
      return from < to;
    });
    // Where all taps are dead one is kept: a convolution needs a kernel.
    return [taps[0] ?? 0, (taps.at(-1) ?? 0) + 1] as const;
  });
  return [live[0], live[1]];
}

/** Output positions [from, to) at which a tap meets a real pixel: 0 <= i stride + tap dilation - padding < size. */
export function tapRange(size: number, output: number, tap: number, axis: number, window: Window): Pair {
  const { stride, dilation, padding } = window;
  const offset = tap * dilation[axis] - padding[axis];
  const from = Math.max(0, Math.ceil(-offset / stride[axis]));
  const to = Math.min(output, Math.floor((size - 1 - offset) / stride[axis]) + 1);
  return [Math.min(from, output), Math.max(to, 0)];
}

/** The live part of weights [O, C, kh, kw], picked by a product, which takes both threads. */
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
