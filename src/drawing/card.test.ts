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

test('a bar takes its part of the width', () => {
  const { data, width } = drawCard([{ text: '', bar: 0.5 }], size);
  const blue = Array.from({ length: width }, (_, x) => data[3 * (4 * width + x)] === 176).filter(Boolean).length;
  assert.equal(blue, 118);
});

test('letters are drawn as the font has them, three pixels to a dot where there is room', () => {
  const { data, width } = drawCard([{ text: 'T' }], { width: 60, height: 40 });
  // The columns of T are 01 01 7f 01 01: the first begins one dot right of the margin of 2, one dot below it.
  const dots = Array.from({ length: 7 }, (_, y) =>
    Array.from({ length: 5 }, (_, x) => {
      const [left, top] = [2 + 3 * (x + 1), 2 + 3 * (y + 1)];
      const block = [0, 1, 2].flatMap((dy) => [0, 1, 2].map((dx) => data[3 * ((top + dy) * width + left + dx)]));
      assert.equal(new Set(block).size, 1, `dot ${x}, ${y}`);
      return block[0] === 20 ? '#' : '.';
    }).join(''),
  );
  assert.deepEqual(dots, ['#####', '..#..', '..#..', '..#..', '..#..', '..#..', '..#..']);
});

test('a note ends at the right margin', () => {
  const { data, width, height } = drawCard([{ text: '', note: 'H' }], { width: 60, height: 40 });
  const inked = Array.from({ length: width * height }, (_, i) => i).filter((i) => data[3 * i] === 20);
  // H is 5 dots wide, and a dot of space follows it: 60 - 2 - 3 - 15 to 60 - 2 - 3 - 1.
  assert.deepEqual([Math.min(...inked.map((i) => i % width)), Math.max(...inked.map((i) => i % width))], [40, 54]);
});
