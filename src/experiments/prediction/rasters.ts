/** Answers, planar float32 [C, H, W], put together or enlarged a band of rows at a time: of a large image all is too much. */
import type { Image, Raster } from '../../tasks/raster.js';
import type { Task } from '../../tasks/task.js';

/** Rows `top` to `top + raster.height` of an answer. */
export interface Band {
  readonly top: number;
  readonly raster: Raster;
}

export const emptyRaster = (channels: number, height: number, width: number): Raster => ({
  channels,
  height,
  width,
  data: new Float32Array(channels * height * width),
});

/** A rectangle of an image. */
export function partOf(image: Image, top: number, left: number, height: number, width: number): Image {
  const data = new Uint8Array(3 * height * width);
  for (let y = 0; y < height; y++) {
    const from = 3 * ((top + y) * image.width + left);
    data.set(image.data.subarray(from, from + 3 * width), 3 * y * width);
  }
  return { width, height, data };
}

/** into(top + y, left + x) += rows[y] columns[x] tile(y, x), of every channel. */
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

/** Rows of a raster as a raster of their own. */
export function rowsOf({ channels, height, width, data }: Raster, from: number, to: number): Raster {
  const rows = emptyRaster(channels, to - from, width);
  for (let c = 0; c < channels; c++) {
    const start = c * height * width;
    rows.data.set(data.subarray(start + from * width, start + to * width), c * (to - from) * width);
  }
  return rows;
}

/** Rows `top` .. `top + rows` of a raster enlarged to a size: between pixel centres, (i + 1/2) from / to - 1/2, bilinear. */
export function enlargedRows(
  map: Raster,
  { height, width }: { readonly height: number; readonly width: number },
  top: number,
  rows: number,
): Raster {
  const result = emptyRaster(map.channels, rows, width);
  const [down, across] = [taps(map.height, height), taps(map.width, width)];
  for (let c = 0, at = 0; c < map.channels; c++) {
    const plane = c * map.height * map.width;
    for (let y = top; y < top + rows; y++) {
      const [upper, lower] = [plane + down.first[y] * map.width, plane + down.second[y] * map.width];
      for (let x = 0; x < width; x++, at++) {
        const [i, j, share] = [across.first[x], across.second[x], across.share[x]];
        const above = map.data[upper + i] * (1 - share) + map.data[upper + j] * share;
        const below = map.data[lower + i] * (1 - share) + map.data[lower + j] * share;
        result.data[at] = above * (1 - down.share[y]) + below * down.share[y];
      }
    }
  }
  return result;
}

function taps(from: number, to: number) {
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const share = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    first[i] = Math.floor(at);
    second[i] = Math.min(from - 1, first[i] + 1);
    share[i] = at - first[i];
  }
  return { first, second, share };
}

/** A mean of unit vectors is shorter than one. Mends it in place; answers of other tasks stay as they are. */
export function mendMean({ kind }: Task, { channels, data }: Raster): void {
  if (kind !== 'normals') return;
  const pixels = data.length / channels;
  for (let i = 0; i < pixels; i++) {
    const length = Math.hypot(data[i], data[i + pixels], data[i + 2 * pixels]);
    if (length > 0) for (let c = 0; c < 3; c++) data[i + c * pixels] /= length;
  }
}
