/**
 * Bilinear resizing of maps on the host, without antialiasing and with pixel centres at half-integers, as training
 * scales its images.
 */
import type { Raster, Size } from './raster.js';

/**
 * Resizes a map and returns some rows of the result. Beyond the centres of the outermost pixels their values continue.
 * @param map [channels, height, width]
 * @param size of the whole result
 * @param top the first row that is returned
 * @param rows how many rows are returned; all by default
 * @returns float32 [channels, rows, size.width]
 */
export function resizedMap(map: Raster, size: Size, top = 0, rows = size.height): Raster {
  const { channels, height, width, data } = map;
  const out = new Float32Array(channels * rows * size.width);
  if (height === size.height && width === size.width) {
    const [from, length] = [top * width, rows * width];
    for (let c = 0; c < channels; c++) {
      const plane = c * height * width;
      out.set(data.subarray(plane + from, plane + from + length), c * length);
    }
    return { channels, height: rows, width, data: out };
  }
  const down = taps(height, size.height, top, rows);
  const across = taps(width, size.width);
  for (let c = 0, at = 0; c < channels; c++) {
    for (let y = 0; y < rows; y++) {
      const above = (c * height + down.first[y]) * width;
      const below = (c * height + down.second[y]) * width;
      for (let x = 0; x < size.width; x++, at++) {
        const [i, j, weight] = [across.first[x], across.second[x], across.weight[x]];
        const upper = data[above + i] + (data[above + j] - data[above + i]) * weight;
        const lower = data[below + i] + (data[below + j] - data[below + i]) * weight;
        out[at] = upper + (lower - upper) * down.weight[y];
      }
    }
  }
  return { channels, height: rows, width: size.width, data: out };
}

/**
 * For each output pixel i of `to`, which lies at (i + 0.5) from / to - 0.5 among `from` input pixels: the two input
 * pixels around it, and the weight of the second.
 */
function taps(from: number, to: number, begin = 0, count = to) {
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const weight = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const at = Math.min(from - 1, Math.max(0, ((begin + k + 0.5) * from) / to - 0.5));
    first[k] = Math.floor(at);
    second[k] = Math.min(from - 1, first[k] + 1);
    weight[k] = at - first[k];
  }
  return { first, second, weight };
}
