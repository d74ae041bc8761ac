import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradients, maxPool, mul, source, sum, toModel } from '../index.js';
import { nodeRuntime } from '../runtime/node.js';

/** dX of sum(weights * maxPool(x)) for one image of one channel. */
async function gradient(rows: number[][], weights: number[][], kernel: number, stride: number, padding: number) {
  const shapeOf = (table: number[][]) => [1, 1, table.length, table[0].length];
  const [x, g] = [source('x', shapeOf(rows)), source('g', shapeOf(weights))];
  const loss = sum(mul(maxPool(x, kernel, { stride, padding }), g));
  const [dx] = gradients(loss, [x]);
  const session = await nodeRuntime({ threads: 1 }).open(toModel({ dx }).bytes);
  const feed = (table: number[][]) => ({
    dtype: 'float32' as const,
    shape: shapeOf(table),
    data: Float32Array.from(table.flat()),
  });
  const { dx: result } = await session.run({ x: feed(rows), g: feed(weights) });
  await session.close();
  return rows.map((row, y) => Array.from(result.data as Float32Array).slice(y * row.length, (y + 1) * row.length));
}

// Every window of a flat image has its first largest pixel at its own first real pixel.
test('ties send the gradient to the first pixel in row-major order, windows one pixel apart', async () => {
  const flat = [
    [5, 5, 5],
    [5, 5, 5],
    [5, 5, 5],
  ];
  const weights = [
    [1, 2, 4],
    [8, 16, 32],
    [64, 128, 256],
  ];
  const expected = [
    [1 + 2 + 8 + 16, 4 + 32, 0],
    [64 + 128, 256, 0],
    [0, 0, 0],
  ];
  assert.deepEqual(await gradient(flat, weights, 3, 1, 1), expected);
});

// Largest in two rows: the upper row wins although its pixel is further right.
test('of equal pixels the one in the upper row takes the gradient, then the left one', async () => {
  const rows = [
    [0, 0, 0, 9],
    [9, 9, 0, 0],
    [0, 0, 0, 0],
  ];
  const weights = [
    [1, 2, 4, 8],
    [16, 32, 64, 128],
    [256, 512, 1024, 2048],
  ];
  // Windows centred in columns 0 and 1 see (1,0) first, those in columns 2 and 3 see (0,3) while they reach row 0;
  // in the last row column 2 sees (1,1) and column 3 has only zeros, first (1,2).
  const expected = [
    [0, 0, 0, 4 + 8 + 64 + 128],
    [1 + 2 + 16 + 32 + 256 + 512, 1024, 2048, 0],
    [0, 0, 0, 0],
  ];
  assert.deepEqual(await gradient(rows, weights, 3, 1, 1), expected);
});

test('ties at stride 2 send the gradient to the first pixel as well, and overlapping windows add up', async () => {
  const rows = [
    [1, 1, 1],
    [1, 7, 1],
    [1, 1, 1],
  ];
  // Padded by one, the four 3x3 windows at stride 2 all hold the middle.
  const shared = [
    [0, 0, 0],
    [0, 1 + 2 + 4 + 8, 0],
    [0, 0, 0],
  ];
  const weights = [
    [1, 2],
    [4, 8],
  ];
  assert.deepEqual(await gradient(rows, weights, 3, 2, 1), shared);
  const flat = rows.map((row) => row.map(() => 3));
  const first = [
    [1, 2, 0],
    [4, 8, 0],
    [0, 0, 0],
  ];
  assert.deepEqual(await gradient(flat, weights, 3, 2, 1), first);
});
