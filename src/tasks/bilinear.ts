/** Bilinear resizing of maps on the host, without antialiasing, pixel centres at half: as training scales its images. */
import type { Raster, Size } from './raster.js';

/**
 * Rows `top` .. `top + rows` of a map that is resized to `size`; all rows unless told. Beyond its outermost pixels these
 * count.
 * @param map [channels, height, width]
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
        const [i, j, share] = [across.first[x], across.second[x], across.share[x]];
        const upper = data[above + i] + (data[above + j] - data[above + i]) * share;
        const lower = data[below + i] + (data[below + j] - data[below + i]) * share;
        out[at] = upper + (lower - upper) * down.share[y];
      }
    }
  }
  return { channels, height: rows, width: size.width, data: out };
}

/** The two of `from` pixels between which output i of `to` lies, at (i + 0.5) from / to - 0.5, and the second's share. */
function taps(from: number, to: number, begin = 0, count = to) {
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const share = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const at = Math.min(from - 1, Math.max(0, ((begin + k + 0.5) * from) / to - 0.5));
    first[k] = Math.floor(at);
    second[k] = Math.min(from - 1, first[k] + 1);
    share[k] = at - first[k];
  }
  return { first, second, share };
}
