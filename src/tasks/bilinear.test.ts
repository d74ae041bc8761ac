import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resizedMap } from './bilinear.js';

const map = { channels: 2, height: 1, width: 2, data: Float32Array.of(0, 8, 100, 20) };

test('a map of two pixels is enlarged between their centres, channel by channel', () => {
  // Output i of 4 lies at (i + 0.5) / 2 - 0.5: -0.25, 0.25, 0.75, 1.25.
  const { data, ...shape } = resizedMap(map, { height: 2, width: 4 });
  assert.deepEqual(shape, { channels: 2, height: 2, width: 4 });
  assert.deepEqual([...data], [0, 2, 6, 8, 0, 2, 6, 8, 100, 80, 40, 20, 100, 80, 40, 20]);
});

test('a map whose height stays is enlarged along its rows alone', () => {
  assert.deepEqual([...resizedMap(map, { height: 1, width: 4 }).data], [0, 2, 6, 8, 100, 80, 40, 20]);
});

test('rows that are asked for are those of the whole, also where the size stays', () => {
  const tall = { channels: 2, height: 3, width: 1, data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  assert.deepEqual([...resizedMap(tall, { height: 3, width: 1 }, 1, 2).data], [2, 3, 5, 6]);
  const wide = { channels: 1, height: 3, width: 2, data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  assert.deepEqual([...resizedMap(wide, { height: 3, width: 2 }, 1, 1).data], [3, 4]);
  // Rows 2 and 3 of 6 lie at 0.75 and 1.25.
  assert.deepEqual([...resizedMap(tall, { height: 6, width: 1 }, 2, 2).data], [1.75, 2.25, 4.75, 5.25]);
});
