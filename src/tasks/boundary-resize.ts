import type { Raster } from './raster.js';
import { thin } from './thinning.js';

/** Ends of the source pixels that each of `size` target pixels covers: a partition when shrinking, one when growing. */
function coverage(size: number, sourceSize: number): { from: number; to: number }[] {
  return Array.from({ length: size }, (_, i) => {
    const from = Math.floor((i * sourceSize) / size);
    return { from, to: Math.max(from + 1, Math.floor(((i + 1) * sourceSize) / size)) };
  });
}

/** Which of two labels of boundaries outweighs: a boundary, then none, then unlabelled (255). */
const RANK = (v: number): number => (v === 1 ? 2 : v === 0 ? 1 : 0);

/**
 * Resizes a label of boundaries, uint8 [1, H, W] of 0, 1 and 255. Shrinking keeps every line: a pixel is a boundary
 * where any that it covers is. Growing keeps lines thin: enlarged ones are thinned to one pixel.
 */
export function resizeBoundaries(label: Raster, height: number, width: number): Raster {
  const rows = coverage(height, label.height);
  const columns = coverage(width, label.width);
  const data = new Uint8Array(height * width);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let best = 255;
      for (let sy = rows[y].from; sy < rows[y].to; sy++) {
        for (let sx = columns[x].from; sx < columns[x].to; sx++) {
          const value = label.data[sy * label.width + sx];
          if (RANK(value) > RANK(best)) best = value;
        }
      }
      data[i] = best;
    }
  }
  if (height > label.height || width > label.width) {
    const lines = data.map((v) => (v === 1 ? 1 : 0));
    thin(lines, width, height);
    for (let i = 0; i < data.length; i++) if (data[i] === 1) data[i] = lines[i];
  }
  return { channels: 1, height, width, data };
}
