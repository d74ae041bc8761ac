/** How labels of boundaries are resized and rotated. */
import type { Raster } from './raster.js';
import type { Part, Placement } from './task.js';

/** Steps to the neighbours that follow a pixel in row order: right, below left, below, below right. */
const LATER = [
  [1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
] as const;

/**
 * Resizes a label of boundaries, uint8 [1, H, W] of 0, 1 and 255, by redrawing its lines: each boundary pixel is drawn
 * at the pixel that contains its centre, with straight lines to where its neighbours are drawn. So shrinking loses no
 * line, and enlarging neither breaks nor thickens lines of one pixel. The other values are resized by nearest
 * neighbour.
 * @param part the part of the result that is computed and returned; all of it by default
 */
export function resizeBoundaries(
  label: Raster,
  height: number,
  width: number,
  part: Part = { top: 0, left: 0, height, width },
): Raster {
  const { data: source, height: sourceHeight, width: sourceWidth } = label;
  const data = new Uint8Array(part.height * part.width);
  const columns = Int32Array.from({ length: part.width }, (_, x) =>
    Math.floor(((part.left + x + 0.5) * sourceWidth) / width),
  );
  for (let y = 0, i = 0; y < part.height; y++) {
    const row = Math.floor(((part.top + y + 0.5) * sourceHeight) / height) * sourceWidth;
    for (let x = 0; x < part.width; x++, i++) {
      const value = source[row + columns[x]];
      data[i] = value === 1 ? 0 : value;
    }
  }

  const placeX = (x: number): number => Math.floor(((x + 0.5) * width) / sourceWidth) - part.left;
  const placeY = (y: number): number => Math.floor(((y + 0.5) * height) / sourceHeight) - part.top;
  const rows = spanOf(part.top, part.height, sourceHeight, height);
  const across = spanOf(part.left, part.width, sourceWidth, width);
  const out = { channels: 1, height: part.height, width: part.width, data };
  drawLines(label, out, rows, across, (x, y) => [placeX(x), placeY(y)]);
  return out;
}

/** Redraws the lines of a rotated label in `out`. @param place where a pixel of `label` lies in `out` */
export function redrawBoundaries(label: Raster, out: Raster, place: Placement): void {
  for (let i = 0; i < out.data.length; i++) if (out.data[i] === 1) out.data[i] = 0;
  const rows = { from: 0, to: label.height };
  const columns = { from: 0, to: label.width };
  drawLines(label, out, rows, columns, (x, y) => {
    const [atX, atY] = place(x, y);
    return [Math.round(atX), Math.round(atY)];
  });
}

/** Pixels `from` .. `to - 1` along one axis. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Draws the lines of a label into `out`. @param rows, across the pixels of the label that are drawn */
function drawLines({ data: source, height, width }: Raster, out: Raster, rows: Span, across: Span, place: Placement) {
  const isLine = (x: number, y: number): boolean => x >= 0 && x < width && y < height && source[y * width + x] === 1;
  const mark = (x: number, y: number): void => {
    if (x >= 0 && x < out.width && y >= 0 && y < out.height) out.data[y * out.width + x] = 1;
  };
  for (let y = rows.from; y < rows.to; y++) {
    for (let x = across.from; x < across.to; x++) {
      if (source[y * width + x] !== 1) continue;
      const [fromX, fromY] = place(x, y);
      mark(fromX, fromY);
      for (const [dx, dy] of LATER) {
        if (!isLine(x + dx, y + dy)) continue;
        const [toX, toY] = place(x + dx, y + dy);
        if (dx !== 0 && dy !== 0 && (isLine(x + dx, y) || isLine(x, y + dy))) {
          // A diagonal beside another pixel of the line is left out: it would only fill the corner between them. Where
          // all four pixels of a block are set, the whole block is filled.
          if (dx === 1 && isLine(x + 1, y) && isLine(x, y + 1)) {
            for (let row = fromY; row <= toY; row++) for (let at = fromX; at <= toX; at++) mark(at, row);
          }
          continue;
        }
        const steps = Math.max(Math.abs(toX - fromX), Math.abs(toY - fromY));
        for (let step = 1; step < steps; step++) {
          mark(fromX + Math.round(((toX - fromX) * step) / steps), fromY + Math.round(((toY - fromY) * step) / steps));
        }
      }
    }
  }
}

/** The source pixels along one axis whose lines may reach a part of the result: those that it covers, and two more. */
function spanOf(first: number, length: number, from: number, to: number): Span {
  return {
    from: Math.max(0, Math.floor((first * from) / to) - 2),
    to: Math.min(from, Math.ceil(((first + length) * from) / to) + 2),
  };
}
