/** Contact sheets: rows of pictures on white. */
import type { Image } from './image.js';

export interface SheetOptions {
  /** Width of a column in pixels; the pictures of a row share their height. */
  readonly cellWidth: number;
  /** Pixels between neighbouring pictures. */
  readonly gap: number;
  /** Pixels around the whole sheet. */
  readonly margin: number;
}

/**
 * Draws rows of pictures.
 * @param rows pictures of one row have one height and are `cellWidth` wide; undefined leaves a place white
 */
export function drawSheet(
  rows: readonly (readonly (Image | undefined)[])[],
  { cellWidth, gap, margin }: SheetOptions,
): Image {
  const heights = rows.map((row) => Math.max(0, ...row.map((picture) => picture?.height ?? 0)));
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const along = (lengths: readonly number[]) =>
    2 * margin + lengths.reduce((sum, length) => sum + length, 0) + gap * Math.max(0, lengths.length - 1);
  const width = along(Array.from({ length: columns }, () => cellWidth));
  const height = along(heights);
  const data = new Uint8Array(3 * width * height).fill(255);
  let top = margin;
  for (const [n, row] of rows.entries()) {
    for (const [column, picture] of row.entries()) {
      const left = margin + column * (cellWidth + gap);
      for (let y = 0; picture && y < picture.height; y++) {
        const line = picture.data.subarray(3 * y * picture.width, 3 * (y + 1) * picture.width);
        data.set(line, 3 * ((top + y) * width + left));
      }
    }
    top += heights[n] + gap;
  }
  return { width, height, data };
}
