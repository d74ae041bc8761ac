import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Colour, palette, viridis } from './colours.js';

const distance = (a: Colour, b: Colour): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

test('forty classes have colours that differ from each other and from black', () => {
  const colours = palette(40);
  for (const [i, a] of colours.entries()) {
    for (const b of [...colours.slice(0, i), [0, 0, 0] as const]) assert.ok(distance(a, b) >= 50, `${a} and ${b}`);
  }
});

test('a short palette is the beginning of a long one, and the longest has 255 different colours', () => {
  const long = palette(255);
  assert.deepEqual(palette(11), long.slice(0, 11));
  assert.equal(new Set(long.map(String)).size, 255);
});

test('viridis grows lighter all the way, between its known ends', () => {
  assert.deepEqual(viridis(0), [68, 1, 84]);
  assert.deepEqual(viridis(1), [253, 231, 37]);
  assert.deepEqual([viridis(-3), viridis(7)], [viridis(0), viridis(1)]);
  const luma = Array.from({ length: 101 }, (_, i) => viridis(i / 100)).map(
    ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b,
  );
  for (let i = 1; i < luma.length; i++) assert.ok(luma[i] > luma[i - 1], `${i}`);
});
