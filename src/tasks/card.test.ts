import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawCard } from './card.js';

const size = { width: 240, height: 180 };

/** Rows of pixels that hold ink, as runs from top to bottom. */
function inkedLines({ data, width, height }: ReturnType<typeof drawCard>): number {
  const inked = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => data[3 * (y * width + x)] < 60).some(Boolean),
  );
  return inked.filter((dark, y) => dark && !inked[y - 1]).length;
}

test('up to ten lines are all drawn, of more as many as fit', () => {
  for (const count of [1, 5, 7, 10]) {
    const card = drawCard(
      Array.from({ length: count }, () => ({ text: 'lamp' })),
      size,
    );
    assert.equal(inkedLines(card), count);
  }
  const many = inkedLines(
    drawCard(
      Array.from({ length: 100 }, () => ({ text: 'lamp' })),
      size,
    ),
  );
  assert.ok(many >= 10 && many < 100, `${many}`);
});

test('a long text is cut at the border, one without letters of this font shows question marks', () => {
  assert.equal(inkedLines(drawCard([{ text: 'x'.repeat(200) }], size)), 1);
  assert.deepEqual(drawCard([{ text: '\u00fc\u6771' }], size), drawCard([{ text: 'u?' }], size));
});

test('a bar is as long as its share', () => {
  const { data, width } = drawCard([{ text: '', share: 0.5 }], size);
  const blue = Array.from({ length: width }, (_, x) => data[3 * (4 * width + x)] === 176).filter(Boolean).length;
  assert.equal(blue, 118);
});
