import type { Raster } from './raster.js';

/** The neighbours of a pixel that come after it, row by row: to the right, below left, below, below right. */
const LATER = [
  [1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
] as const;

/**
 * Resizes a label of boundaries, uint8 [1, H, W] of 0, 1 and 255, by drawing its lines anew: every boundary pixel goes
 * to the pixel that holds its centre, joined to where its neighbours went. So shrinking loses no line, and growing
 * neither breaks nor thickens lines of one pixel. All else is taken by nearest neighbour.
 */
export function resizeBoundaries(label: Raster, height: number, width: number): Raster {
  const { data: source, height: sourceHeight, width: sourceWidth } = label;
  const data = new Uint8Array(height * width);
  const columns = Int32Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * sourceWidth) / width));
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * sourceHeight) / height) * sourceWidth;
    for (let x = 0; x < width; x++, i++) {
      const value = source[row + columns[x]];
      data[i] = value === 1 ? 0 : value;
    }
  }

  const isLine = (x: number, y: number): boolean =>
    x >= 0 && x < sourceWidth && y < sourceHeight && source[y * sourceWidth + x] === 1;
  const placeX = (x: number): number => Math.floor(((x + 0.5) * width) / sourceWidth);
  const placeY = (y: number): number => Math.floor(((y + 0.5) * height) / sourceHeight);
  for (let y = 0, i = 0; y < sourceHeight; y++) {
    for (let x = 0; x < sourceWidth; x++, i++) {
      if (source[i] !== 1) continue;
      const [fromX, fromY] = [placeX(x), placeY(y)];
      data[fromY * width + fromX] = 1;
      for (const [dx, dy] of LATER) {
        if (!isLine(x + dx, y + dy)) continue;
        const [toX, toY] = [placeX(x + dx), placeY(y + dy)];
        if (dx !== 0 && dy !== 0 && (isLine(x + dx, y) || isLine(x, y + dy))) {
          // Next to another pixel of the line a diagonal would only fill its corner; a whole block is filled.
          if (dx === 1 && isLine(x + 1, y) && isLine(x, y + 1)) {
            for (let row = fromY; row <= toY; row++) data.fill(1, row * width + fromX, row * width + toX + 1);
          }
          continue;
        }
        const steps = Math.max(Math.abs(toX - fromX), toY - fromY);
        for (let step = 1; step < steps; step++) {
          const atX = fromX + Math.round(((toX - fromX) * step) / steps);
          const atY = fromY + Math.round(((toY - fromY) * step) / steps);
          data[atY * width + atX] = 1;
        }
      }
    }
  }
  return { channels: 1, height, width, data };
}
