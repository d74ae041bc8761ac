/** Answers, float32 [C, H, W], in bands of rows: the whole answer to a large image would need too much memory. */
import type { Image, Raster } from '../../tasks/raster.js';

/** Rows `top` to `top + raster.height - 1` of an answer. */
export interface Band {
  readonly top: number;
  readonly raster: Raster;
}

/** A raster of zeros. */
export const emptyRaster = (channels: number, height: number, width: number): Raster => ({
  channels,
  height,
  width,
  data: new Float32Array(channels * height * width),
});

/** Copies a rectangle of an image. */
export function partOf(image: Image, top: number, left: number, height: number, width: number): Image {
  const data = new Uint8Array(3 * height * width);
  for (let y = 0; y < height; y++) {
    const from = 3 * ((top + y) * image.width + left);
    data.set(image.data.subarray(from, from + 3 * width), 3 * y * width);
  }
  return { width, height, data };
}

/** into(top + y, left + x) += rows[y] columns[x] tile(y, x), for every channel. */
export function addWeighted(
  into: Raster,
  tile: Raster,
  { top, left }: { readonly top: number; readonly left: number },
  rows: Float64Array,
  columns: Float64Array,
): void {
  for (let c = 0; c < tile.channels; c++) {
    for (let y = 0; y < tile.height; y++) {
      const from = (c * tile.height + y) * tile.width;
      const to = (c * into.height + top + y) * into.width + left;
      for (let x = 0; x < tile.width; x++) into.data[to + x] += rows[y] * columns[x] * tile.data[from + x];
    }
  }
}

/** Copies rows `from` to `to - 1` of a raster. */
export function rowsOf({ channels, height, width, data }: Raster, from: number, to: number): Raster {
  const rows = emptyRaster(channels, to - from, width);
  for (let c = 0; c < channels; c++) {
    const start = c * height * width;
    rows.data.set(data.subarray(start + from * width, start + to * width), c * (to - from) * width);
  }
  return rows;
}
