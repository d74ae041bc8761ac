import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Image } from './image.js';
import { drawSheet } from './sheet.js';

const grey = (width: number, height: number, value: number): Image => ({
  ...{ width, height },
  data: new Uint8Array(3 * width * height).fill(value),
});

/** The red of each pixel, a row a string: `.` is white. */
const shown = ({ width, height, data }: Image) =>
  Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const value = data[3 * (y * width + x)];
      return value === 255 ? '.' : String(value);
    }).join(''),
  );

test('pictures stand in rows and columns with gaps between them; a missing one leaves its place white', () => {
  const sheet = drawSheet(
    [
      [grey(2, 1, 1), grey(2, 1, 2)],
      [undefined, grey(2, 2, 3)],
    ],
    {
      ...{ cellWidth: 2, gap: 1, margin: 0 },
    },
  );
  assert.deepEqual(shown(sheet), ['11.22', '.....', '...33', '...33']);
});

test('a margin surrounds the sheet, and no pictures leave the margin alone', () => {
  assert.deepEqual(shown(drawSheet([[grey(1, 1, 7)]], { cellWidth: 1, gap: 5, margin: 1 })), ['...', '.7.', '...']);
  assert.deepEqual(shown(drawSheet([], { cellWidth: 9, gap: 5, margin: 1 })), ['..', '..']);
});
