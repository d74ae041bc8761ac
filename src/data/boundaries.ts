import type { Raster } from '../tasks/raster.js';

const UNLABELLED = 255;

/**
 * Boundaries of a class map: lines of `thickness` pixels along the borders between different classes. A line of even
 * thickness covers as many pixels on both sides of the border; one of odd thickness covers one more to the left or
 * above. A border with unlabelled pixels is no boundary, and unlabelled pixels stay unlabelled.
 * @param classes uint8 [1, H, W], 255 unlabelled
 * @returns uint8 [1, H, W]: 1 boundary, 0 none, 255 unlabelled
 */
export function boundariesOf(classes: Raster, thickness: number): Raster {
  const { width, height, data } = classes;
  let lines: Uint8Array = new Uint8Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const own = data[at];
      if (own === UNLABELLED) continue;
      const right = x + 1 < width ? data[at + 1] : own;
      const below = y + 1 < height ? data[at + width] : own;
      if ((right !== own && right !== UNLABELLED) || (below !== own && below !== UNLABELLED)) lines[at] = 1;
    }
  }
  if (thickness > 1) {
    lines = spread(lines, width, height, 1, thickness);
    lines = spread(lines, height, width, width, thickness);
  }
  for (let at = 0; at < lines.length; at++) if (data[at] === UNLABELLED) lines[at] = UNLABELLED;
  return { channels: 1, height, width, data: lines };
}

/**
 * Widens every mark along one axis, from floor((thickness - 1) / 2) pixels before it to floor(thickness / 2) after it.
 * @param length pixels along the axis, which lie `stride` apart
 * @param lines number of rows or columns along the axis
 */
function spread(marks: Uint8Array, length: number, lines: number, stride: number, thickness: number): Uint8Array {
  const wide = new Uint8Array(marks.length);
  const lineStride = stride === 1 ? length : 1;
  const back = (thickness - 1) >> 1;
  const ahead = thickness >> 1;
  for (let line = 0; line < lines; line++) {
    for (let i = 0, at = line * lineStride; i < length; i++, at += stride) {
      if (marks[at] === 0) continue;
      const from = Math.max(0, i - back);
      const to = Math.min(length - 1, i + ahead);
      for (let j = from; j <= to; j++) wide[at + (j - i) * stride] = 1;
    }
  }
  return wide;
}
