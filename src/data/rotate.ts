/** Crops windows that are rotated, pixel by pixel; `augment.ts` crops those that are not. */
import type { Image, Raster, Size } from '../tasks/raster.js';
import type { LabelSpec } from '../tasks/task.js';
import { decodePixels, type PackedLabel, unpack } from './packed.js';
import { type CropWindow, placements } from './window.js';

/** Whether a point lies on an image: within half a pixel of a pixel's centre. */
const isOn = (x: number, y: number, { height, width }: Size): boolean =>
  x >= -0.5 && y >= -0.5 && x < width - 0.5 && y < height - 0.5;

const clamp = (value: number, length: number): number => Math.min(length - 1, Math.max(0, value));

/** `cropImage` of a rotated window: bilinear, `mean` where the window shows no part of the image. */
export function cropRotatedImage(image: Image, window: CropWindow, mean: readonly number[], out: Float32Array): void {
  const { height, width } = window.size;
  const { toImage } = placements(window, image);
  const plane = height * width;
  for (let i = 0, at = 0; i < height; i++) {
    for (let j = 0; j < width; j++, at++) {
      const [x, y] = toImage(j, i);
      if (!isOn(x, y, image)) {
        for (let c = 0; c < 3; c++) out[c * plane + at] = mean[c];
        continue;
      }
      const [u, v] = [clamp(x, image.width), clamp(y, image.height)];
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const right = left + 1 < image.width ? 3 : 0;
      const below = top + 1 < image.height ? 3 * image.width : 0;
      for (let c = 0; c < 3; c++) {
        const a = 3 * (top * image.width + left) + c;
        const upper = image.data[a] + (image.data[a + right] - image.data[a]) * (u - left);
        const lower = image.data[a + below] + (image.data[a + below + right] - image.data[a + below]) * (u - left);
        out[c * plane + at] = upper + (lower - upper) * (v - top);
      }
    }
  }
}

/**
 * `cropLabel` of a rotated window, without the adaptation of the values to mirroring and scaling: nearest pixels,
 * `unlabelled` where the window shows no part of the label.
 */
export function cropRotatedLabel(label: PackedLabel, spec: LabelSpec, window: CropWindow, out: Float32Array): void {
  const { height, width } = window.size;
  const plane = height * width;
  const same = window.scaled.height === label.height && window.scaled.width === label.width;
  const resized = same ? undefined : spec.resize?.(unpack(label), window.scaled.height, window.scaled.width);
  const source: PackedLabel = resized ?? label;
  const { toImage, toWindow } = placements(window, source);
  const indices = new Int32Array(plane);
  const missing: number[] = [];
  for (let i = 0, at = 0; i < height; i++) {
    for (let j = 0; j < width; j++, at++) {
      const [x, y] = toImage(j, i);
      if (isOn(x, y, source)) indices[at] = Math.floor(y + 0.5) * source.width + Math.floor(x + 0.5);
      else missing.push(at);
    }
  }
  // The label as one long row, so that each pixel can be decoded from any place.
  const row = { ...source, height: 1, width: source.height * source.width };
  decodePixels(row, new Int32Array(1), indices, out, plane, plane);
  for (let c = 0; c < spec.channels; c++) for (const at of missing) out[c * plane + at] = spec.unlabelled;
  if (!spec.redraw) return;
  const rotated: Raster = { channels: spec.channels, height, width, data: out };
  spec.redraw(resized ?? unpack(label), rotated, toWindow);
}
