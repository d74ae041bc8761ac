import type { Random } from '../random.js';
import type { Image, Raster } from '../tasks/raster.js';
import type { LabelSpec } from '../tasks/task.js';

/** How training samples are varied: scaled, mirrored, padded and cropped, in this order. */
export interface AugmentConfig {
  /** The image is enlarged by a factor drawn evenly from [low, high); [1, 1] leaves it alone. */
  readonly scale: readonly [low: number, high: number];
  /** Probability that a sample is mirrored, left to right. */
  readonly mirror: number;
  /** RGB, 0..255, where the image is padded: the mean that the network subtracts. */
  readonly mean: readonly [number, number, number];
}

/** The published setting (Gao et al. 2019): scales 0.5 to 1.5, half of the samples mirrored, padded with the mean. */
export const publishedAugment: AugmentConfig = {
  scale: [0.5, 1.5],
  mirror: 0.5,
  mean: [122.67891434, 116.66876762, 104.00698793],
};

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** What one draw decides: a window of `size` at (top, left) in the scaled, mirrored and padded image. */
export interface CropWindow {
  readonly size: Size;
  readonly factor: number;
  readonly scaled: Size;
  readonly mirrored: boolean;
  readonly top: number;
  readonly left: number;
}

/** Draws a window; always four numbers of the stream, so that samples stay in step whatever the setting. */
export function drawWindow(image: Size, size: Size, { scale, mirror }: AugmentConfig, random: Random): CropWindow {
  const factor = random.uniform(scale[0], scale[1]);
  const scaled = {
    height: Math.max(1, Math.trunc(image.height * factor)),
    width: Math.max(1, Math.trunc(image.width * factor)),
  };
  const mirrored = random.next() < mirror;
  const top = random.integer(Math.max(0, scaled.height - size.height) + 1);
  const left = random.integer(Math.max(0, scaled.width - size.width) + 1);
  return { size, factor, scaled, mirrored, top, left };
}

/** Rows and columns of the window that lie on the image; the others, at the bottom and right, are padding. */
const covered = ({ size, scaled, top, left }: CropWindow): Size => ({
  height: Math.min(size.height, scaled.height - top),
  width: Math.min(size.width, scaled.width - left),
});

/** The two pixels on either side of each position, and the share of the second: (i + 0.5) * from / to - 0.5. */
function bilinearTaps(count: number, position: (i: number) => number, from: number, to: number) {
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const share = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const at = Math.min(from - 1, Math.max(0, ((position(i) + 0.5) * from) / to - 0.5));
    first[i] = Math.floor(at);
    second[i] = Math.min(from - 1, first[i] + 1);
    share[i] = at - first[i];
  }
  return { first, second, share };
}

/**
 * Resamples the window of an image bilinearly, without antialiasing, pixel centres at half: only what the window shows
 * is computed. Interleaved bytes become planes.
 * @param out float32 [3, height, width] of the window's size, RGB 0..255; written completely
 */
export function cropImage(image: Image, window: CropWindow, mean: readonly number[], out: Float32Array): void {
  const { size, scaled, mirrored, top, left } = window;
  const { height, width } = covered(window);
  const plane = size.height * size.width;
  if (height < size.height || width < size.width) {
    for (let c = 0; c < 3; c++) out.fill(mean[c], c * plane, (c + 1) * plane);
  }
  const column = mirrored ? (j: number) => scaled.width - 1 - left - j : (j: number) => left + j;
  const columns = bilinearTaps(width, column, image.width, scaled.width);
  const rows = bilinearTaps(height, (i) => top + i, image.height, scaled.height);
  // Two source rows, already resampled across: neighbouring rows of the window share them when it is enlarged.
  let upper = { y: -1, values: new Float32Array(3 * width) };
  let lower = { y: -1, values: new Float32Array(3 * width) };
  for (let i = 0; i < height; i++) {
    const y0 = rows.first[i];
    const y1 = rows.second[i];
    if (lower.y === y0) [upper, lower] = [lower, upper];
    if (upper.y !== y0) resampleRow(image, y0, columns, upper.values);
    upper.y = y0;
    if (y1 !== y0 && lower.y !== y1) {
      resampleRow(image, y1, columns, lower.values);
      lower.y = y1;
    }
    const above = upper.values;
    const below = y1 === y0 ? above : lower.values;
    const share = rows.share[i];
    for (let c = 0; c < 3; c++) {
      const to = c * plane + i * size.width;
      const from = c * width;
      for (let j = 0; j < width; j++) {
        const value = above[from + j];
        out[to + j] = value + (below[from + j] - value) * share;
      }
    }
  }
}

function resampleRow(image: Image, y: number, columns: ReturnType<typeof bilinearTaps>, row: Float32Array): void {
  const { first, second, share } = columns;
  const { data } = image;
  const width = first.length;
  const start = 3 * y * image.width;
  for (let j = 0; j < width; j++) {
    const a = start + 3 * first[j];
    const b = start + 3 * second[j];
    const s = share[j];
    row[j] = data[a] + (data[b] - data[a]) * s;
    row[width + j] = data[a + 1] + (data[b + 1] - data[a + 1]) * s;
    row[2 * width + j] = data[a + 2] + (data[b + 2] - data[a + 2]) * s;
  }
}

/**
 * Takes the same window of a label, nearest pixel unless the task resizes it itself; values follow mirror and scale.
 * @param out float32 [channels, height, width] of the window's size; written completely, `unlabelled` where padded
 */
export function cropLabel(label: Raster, spec: LabelSpec, window: CropWindow, out: Float32Array): void {
  const { size, factor, scaled, mirrored, top, left } = window;
  const { height, width } = covered(window);
  const same = scaled.height === label.height && scaled.width === label.width;
  const source = spec.resize && !same ? spec.resize(label, scaled.height, scaled.width) : label;
  if (height < size.height || width < size.width) out.fill(spec.unlabelled);
  const columns = new Int32Array(width);
  for (let j = 0; j < width; j++) {
    const x = mirrored ? scaled.width - 1 - left - j : left + j;
    columns[j] = nearest(x, source.width, scaled.width);
  }
  for (let c = 0; c < spec.channels; c++) {
    for (let i = 0; i < height; i++) {
      const from = (c * source.height + nearest(top + i, source.height, scaled.height)) * source.width;
      const to = (c * size.height + i) * size.width;
      for (let j = 0; j < width; j++) out[to + j] = source.data[from + columns[j]];
    }
  }
  const cropped: Raster = { channels: spec.channels, height: size.height, width: size.width, data: out };
  if (mirrored) spec.mirrored?.(cropped);
  if (!same) spec.scaled?.(cropped, factor);
}

const nearest = (i: number, from: number, to: number): number =>
  Math.min(from - 1, Math.floor(((i + 0.5) * from) / to));
