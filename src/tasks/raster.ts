/** Maps of labels and answers on the host. */
import type { Image } from '../drawing/image.js';

export type { Image, Size } from '../drawing/image.js';

/**
 * A map of labels or answers, one plane a channel, rows from top to bottom:
 * `data.length = channels * height * width`.
 */
export interface Raster {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array | Uint8Array;
}

/** The pixels of an image plane by plane, as networks take them: float32 [3, height, width], RGB, 0..255. */
export function planesOf({ data, width, height }: Image): Float32Array {
  const plane = width * height;
  const planes = new Float32Array(3 * plane);
  for (let at = 0, from = 0; at < plane; at++, from += 3) {
    planes[at] = data[from];
    planes[plane + at] = data[from + 1];
    planes[2 * plane + at] = data[from + 2];
  }
  return planes;
}
