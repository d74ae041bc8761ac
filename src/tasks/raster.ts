/** Maps of labels and answers on the host. */
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
