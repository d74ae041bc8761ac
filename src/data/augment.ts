/** Augmentation: draws a window of a sample, and crops image and labels from it. */
import type { Random } from '../random.js';
import type { Image, Raster, Size } from '../tasks/raster.js';
import type { SwapSetting } from '../tasks/swap.js';
import type { LabelSpec } from '../tasks/task.js';
import { decodePixels, type PackedLabel, unpack } from './packed.js';
import type { ColourConfig } from './photometric.js';
import { cropRotatedImage, cropRotatedLabel } from './rotate.js';
import { type CropWindow, covered } from './window.js';

/**
 * How training samples are varied: scaled, mirrored, padded, cropped and rotated, in this order; then their colours are
 * changed.
 */
export interface AugmentConfig extends ColourConfig {
  /** The image is resized by a factor drawn uniformly from [low, high); [1, 1] keeps its size. */
  readonly scale: readonly [low: number, high: number];
  /** Probability that a sample is mirrored, left to right. */
  readonly mirror: number;
  /**
   * The largest angle, in degrees, by which the content of a window is rotated about its centre, in either direction; 0
   * by default.
   */
  readonly rotate?: number;
  /** Which classes change places where a sample is mirrored; found by their names by default. */
  readonly swap?: SwapSetting;
  /** RGB, 0..255: the colour of the padding, usually the mean that the network subtracts. */
  readonly mean: readonly [number, number, number];
}

/**
 * Draws a window. It always takes four numbers from the stream, so that later draws do not depend on the settings; the
 * angle is drawn from a fork.
 */
export function drawWindow(
  image: Size,
  size: Size,
  { scale, mirror, rotate = 0 }: AugmentConfig,
  random: Random,
): CropWindow {
  const factor = random.uniform(scale[0], scale[1]);
  const scaled = {
    height: Math.max(1, Math.trunc(image.height * factor)),
    width: Math.max(1, Math.trunc(image.width * factor)),
  };
  const mirrored = random.next() < mirror;
  const top = random.integer(Math.max(0, scaled.height - size.height) + 1);
  const left = random.integer(Math.max(0, scaled.width - size.width) + 1);
  const window = { size, factor, scaled, mirrored, top, left };
  if (rotate === 0) return window;
  return { ...window, angle: (random.fork('rotate').uniform(-rotate, rotate) * Math.PI) / 180 };
}

/** The two source pixels between which each position lies, along one axis. */
interface BilinearTaps {
  /** Index of the first pixel, times the stride. */
  readonly first: Int32Array;
  /** Distance from the first to the second pixel, in the same unit. */
  readonly step: number;
  /** Weight of the second pixel, 0..1. */
  readonly weight: Float32Array;
}

/**
 * Positions of an axis of `to` pixels in a source of `from` pixels: (i + 0.5) * from / to - 0.5.
 * @param position index along the axis of the i-th of `count` output pixels
 */
function bilinearTaps(
  count: number,
  position: (i: number) => number,
  from: number,
  to: number,
  stride: number,
): BilinearTaps {
  const first = new Int32Array(count);
  const weight = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const at = Math.min(from - 1, Math.max(0, ((position(i) + 0.5) * from) / to - 0.5));
    // At the last pixel the weight is 1, so that the second pixel never lies beyond it.
    const pixel = Math.min(Math.floor(at), Math.max(0, from - 2));
    first[i] = pixel * stride;
    weight[i] = at - pixel;
  }
  return { first, step: from > 1 ? stride : 0, weight };
}

/**
 * Resamples the window of an image bilinearly, without antialiasing, pixel centres at half: scaling, mirroring, padding
 * and cropping in one pass over the pixels of the window. Interleaved bytes become planes.
 * @param out float32 [3, height, width] of the window's size, RGB 0..255; written completely
 */
export function cropImage(image: Image, window: CropWindow, mean: readonly number[], out: Float32Array): void {
  if (window.angle) {
    cropRotatedImage(image, window, mean, out);
    return;
  }
  const { size, scaled, mirrored, top, left } = window;
  const { height, width } = covered(window);
  const plane = size.height * size.width;
  if (height < size.height || width < size.width) {
    for (let c = 0; c < 3; c++) out.fill(mean[c], c * plane, (c + 1) * plane);
  }
  const column = mirrored ? (j: number) => scaled.width - 1 - left - j : (j: number) => left + j;
  const columns = bilinearTaps(width, column, image.width, scaled.width, 3);
  const rows = bilinearTaps(height, (i) => top + i, image.height, scaled.height, 3 * image.width);
  for (let i = 0; i < height; i++) {
    const above = rows.first[i];
    blendRow(image.data, above, above + rows.step, rows.weight[i], columns, out, i * size.width, plane);
  }
}

/** One row of the window, from the source rows that begin at `above` and `below`. */
function blendRow(
  data: Uint8Array,
  above: number,
  below: number,
  down: number,
  { first, step, weight }: BilinearTaps,
  out: Float32Array,
  to: number,
  plane: number,
): void {
  for (let j = 0; j < first.length; j++) {
    const a = above + first[j];
    const b = below + first[j];
    const across = weight[j];
    out[to + j] = blend(data, a, b, step, across, down);
    out[to + plane + j] = blend(data, a + 1, b + 1, step, across, down);
    out[to + 2 * plane + j] = blend(data, a + 2, b + 2, step, across, down);
  }
}

/**
 * Interpolates four pixels: horizontally between the upper two and the lower two, then vertically between the results.
 */
function blend(data: Uint8Array, a: number, b: number, step: number, across: number, down: number): number {
  const upperLeft = data[a];
  const lowerLeft = data[b];
  const upper = Math.fround(upperLeft + (data[a + step] - upperLeft) * across);
  const lower = Math.fround(lowerLeft + (data[b + step] - lowerLeft) * across);
  return upper + (lower - upper) * down;
}

/**
 * Crops the same window from a label: the nearest pixels, unless the task resizes its labels itself. The task then
 * adapts the values to mirroring, scaling and rotation.
 * @param out float32 [channels, height, width] of the window's size; written completely, `unlabelled` where padded
 */
export function cropLabel(label: PackedLabel, spec: LabelSpec, window: CropWindow, out: Float32Array): void {
  const { size, factor, scaled, mirrored, angle } = window;
  if (angle) cropRotatedLabel(label, spec, window, out);
  else cropUpright(label, spec, window, out);
  const cropped: Raster = { channels: spec.channels, height: size.height, width: size.width, data: out };
  if (mirrored) spec.mirrored?.(cropped);
  if (scaled.height !== label.height || scaled.width !== label.width) spec.scaled?.(cropped, factor);
  if (angle) spec.rotated?.(cropped, angle);
}

/** `cropLabel` of a window that is not rotated, without the adaptation of the values. */
function cropUpright(label: PackedLabel, spec: LabelSpec, window: CropWindow, out: Float32Array): void {
  const { size, scaled, mirrored, top, left } = window;
  const { height, width } = covered(window);
  const same = scaled.height === label.height && scaled.width === label.width;
  if (height < size.height || width < size.width) out.fill(spec.unlabelled);
  // The columns that the window shows, from left to right, before the image is mirrored.
  const begin = mirrored ? scaled.width - left - width : left;
  const resized = same
    ? undefined
    : spec.resize?.(unpack(label), scaled.height, scaled.width, { top, left: begin, height, width });
  const rows = new Int32Array(height);
  for (let i = 0; i < height; i++) rows[i] = resized ? i : nearest(top + i, label.height, scaled.height);
  const columns = new Int32Array(width);
  for (let j = 0; j < width; j++) {
    const x = mirrored ? width - 1 - j : j;
    columns[j] = resized ? x : nearest(begin + x, label.width, scaled.width);
  }
  decodePixels(resized ?? label, rows, columns, out, size.width, size.height * size.width);
}

const nearest = (i: number, from: number, to: number): number =>
  Math.min(from - 1, Math.floor(((i + 0.5) * from) / to));
