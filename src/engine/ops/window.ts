/** Sliding windows: their settings and the arithmetic of their shapes. */
import { type Shape, showShape } from '../tensor.js';

export type Pair = readonly [height: number, width: number];
export type Padding = readonly [top: number, left: number, bottom: number, right: number];

export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
  /** The padding was worked out by the rule 'same', so it depends on the size of the input. */
  readonly fitted?: true;
}

export interface WindowOptions {
  readonly stride?: number | Pair;
  readonly dilation?: number | Pair;
  /**
   * Pixels added on every side, or [top, left, bottom, right], or 'same' as TensorFlow has it: as many as give
   * ceil(size / stride) outputs, the smaller half before the image.
   */
  readonly padding?: number | Padding | 'same';
}

const pair = (value: number | Pair): Pair => (typeof value === 'number' ? [value, value] : value);

/** @param shape of the input, [.., H, W] */
export function windowOf(
  kernel: number | Pair,
  { stride = 1, dilation = 1, padding = 0 }: WindowOptions,
  shape: Shape,
): Window {
  const window = { kernel: pair(kernel), stride: pair(stride), dilation: pair(dilation) };
  if (padding === 'same') {
    // At stride 1 the rule yields one padding for every size.
    const fitted = window.stride.some((s) => s !== 1) ? true : undefined;
    return { ...window, padding: samePadding(window, shape), fitted };
  }
  return { ...window, padding: typeof padding === 'number' ? [padding, padding, padding, padding] : padding };
}

/** In all max(0, (ceil(m / s) - 1) s + (k - 1) d + 1 - m) for a size of m, the smaller half of it before. */
function samePadding({ kernel, stride, dilation }: Omit<Window, 'padding'>, shape: Shape): Padding {
  const along = (axis: 0 | 1): Pair => {
    const size = shape[2 + axis];
    const outputs = Math.ceil(size / stride[axis]);
    const reach = (kernel[axis] - 1) * dilation[axis] + 1;
    const all = Math.max(0, (outputs - 1) * stride[axis] + reach - size);
    return [all >> 1, all - (all >> 1)];
  };
  const [[top, bottom], [left, right]] = [along(0), along(1)];
  return [top, left, bottom, right];
}

/** How an ONNX node states the padding: in numbers, or by name where the sizes are free. */
export const paddingAttributes = ({ padding, fitted }: Window, dynamic: boolean): Record<string, string | Padding> =>
  fitted && dynamic ? { auto_pad: 'SAME_UPPER' } : { pads: padding };

/** Height and width of what a window yields from [.., H, W]. @throws Error when the window does not fit */
export function windowOutput(shape: Shape, { kernel, stride, dilation, padding }: Window): Pair {
  if (shape.length !== 4) throw new Error(`expected [N, C, H, W], got ${showShape(shape)}`);
  const size = [0, 1].map((i) => {
    const steps = shape[2 + i] + padding[i] + padding[2 + i] - dilation[i] * (kernel[i] - 1) - 1;
    if (steps < 0)
      throw new Error(`a window of ${kernel} at dilation ${dilation} does not fit into ${showShape(shape)}`);
    return Math.floor(steps / stride[i]) + 1;
  });
  return [size[0], size[1]];
}

/** Output positions [from, to) at which a tap meets a real pixel: 0 <= i stride + tap dilation - padding < size. */
export function tapRange(size: number, output: number, tap: number, axis: number, window: Window): Pair {
  const { stride, dilation, padding } = window;
  const offset = tap * dilation[axis] - padding[axis];
  const from = Math.max(0, Math.ceil(-offset / stride[axis]));
  const to = Math.min(output, Math.floor((size - 1 - offset) / stride[axis]) + 1);
  return [Math.min(from, output), Math.max(to, 0)];
}
