/** How the numbers of a layer of a file become those of a layer of the network, by their shapes alone. */

import { elementsOf } from '../npy.js';

/** In which order a file keeps weights: as PyTorch, Caffe and this project do, or as TensorFlow and Keras do. */
export type Layout = 'torch' | 'tensorflow';

export type Shape = readonly number[];

/** Reorders the numbers of a tensor. */
export type Reorder = (data: Float32Array) => Float32Array;

/** Weights as [O, C / groups, kh, kw]. */
export interface Canonical {
  readonly shape: Shape;
  readonly reorder: Reorder;
}

const unchanged: Reorder = (data) => data;

/**
 * Weights of a file as the network keeps them; undefined where they are those of no convolution and no linear layer.
 * @param window height and width of the map that a fully connected layer sees
 * @param depthwise whether the convolution is of each channel by itself, which TensorFlow keeps as [kh, kw, C, multiplier]
 */
export function canonical(shape: Shape, layout: Layout, window = 1, depthwise = false): Canonical | undefined {
  if (shape.length === 2) {
    const [outputs, inputs] = layout === 'torch' ? shape : [shape[1], shape[0]];
    if (inputs % window ** 2 !== 0) return undefined;
    const channels = inputs / window ** 2;
    const wanted = [outputs, channels, window, window];
    if (layout === 'torch') return { shape: wanted, reorder: unchanged };
    // Rows are the pixels of the window, and channels within a pixel.
    return { shape: wanted, reorder: (data) => permuted(data, [window, window, channels, outputs], [3, 2, 0, 1]) };
  }
  if (shape.length !== 4) return undefined;
  if (layout === 'torch') return { shape, reorder: unchanged };
  const [height, width, channels, outputs] = shape;
  return depthwise
    ? { shape: [channels * outputs, 1, height, width], reorder: (data) => permuted(data, shape, [2, 3, 0, 1]) }
    : { shape: [outputs, channels, height, width], reorder: (data) => permuted(data, shape, [3, 2, 0, 1]) };
}

/** The numbers of a tensor with its axes in another order: axis i of the result is axis `order[i]`. */
export function permuted(data: Float32Array, shape: Shape, order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => elementsOf(shape.slice(axis + 1)));
  const sizes = order.map((axis) => shape[axis]);
  const steps = order.map((axis) => strides[axis]);
  const result = new Float32Array(data.length);
  const at = sizes.map(() => 0);
  let from = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[from];
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++at[axis] < sizes[axis]) break;
      from -= steps[axis] * sizes[axis];
      at[axis] = 0;
    }
  }
  return result;
}

/** Which outputs, inputs and taps of a layer a smaller one takes. */
export interface Reduction {
  /** Every so many-th output. */
  readonly outputs: number;
  readonly inputs: number;
  /** Every so many-th row and column of the kernel. */
  readonly taps: number;
}

/**
 * How [O, C, k, k] becomes a smaller layer, as DeepLab makes its convolutions fc6 and fc7 of the fully connected layers of
 * VGG-16: of 4096 outputs every fourth, of 7x7 taps the first, fourth and last row and column. fc7 takes those inputs that
 * fc6 has left. Undefined where the sizes do not divide.
 */
export function reductionTo([o, c, kh, kw]: Shape, [toO, toC, toH, toW]: Shape): Reduction | undefined {
  const [outputs, inputs] = [o / toO, c / toC];
  const taps = toH === 1 ? 1 : (kh - 1) / (toH - 1);
  const square = kh === kw && toH === toW && (toH > 1 || kh === 1);
  return square && [outputs, inputs, taps].every((step) => Number.isInteger(step) && step >= 1)
    ? { outputs, inputs, taps }
    : undefined;
}

/** The part of weights [O, C, k, k] that is left. */
export function reduced(data: Float32Array, [, c, kh, kw]: Shape, to: Shape, { outputs, inputs, taps }: Reduction) {
  const [toO, toC, toH, toW] = to;
  const result = new Float32Array(elementsOf(to));
  let i = 0;
  for (let o = 0; o < toO; o++)
    for (let channel = 0; channel < toC; channel++)
      for (let row = 0; row < toH; row++)
        for (let column = 0; column < toW; column++)
          result[i++] = data[((o * outputs * c + channel * inputs) * kh + row * taps) * kw + column * taps];
  return result;
}

/** Every `step`-th number. */
export const everyNth = (data: Float32Array, step: number): Float32Array =>
  step === 1 ? data : Float32Array.from({ length: Math.floor(data.length / step) }, (_, i) => data[i * step]);

/** Weights [O, 3, kh, kw] for colours in the opposite order. */
export function colourReversed(data: Float32Array, [o, c, ...kernel]: Shape): Float32Array {
  const plane = elementsOf(kernel);
  const result = new Float32Array(data.length);
  for (let i = 0; i < o; i++)
    for (let colour = 0; colour < c; colour++)
      result.set(
        data.subarray((i * c + colour) * plane, (i * c + colour + 1) * plane),
        (i * c + c - 1 - colour) * plane,
      );
  return result;
}
