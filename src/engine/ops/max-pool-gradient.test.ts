import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../random.js';
import { allTargets, evaluate } from '../gradients.test.support.js';
import { gradients, maxPool, mul, plain, sizeOf, source, sum, type WindowOptions } from '../index.js';

/** dX of sum(weights * maxPool(x)) for one image of one channel, on every target alike. */
async function gradient(rows: number[][], weights: number[][], kernel: number, stride: number, padding: number) {
  const shapeOf = (table: number[][]) => [1, 1, table.length, table[0].length];
  const [x, g] = [source('x', shapeOf(rows)), source('g', shapeOf(weights))];
  const loss = sum(mul(maxPool(x, kernel, { stride, padding }), g));
  const [dx] = gradients(loss, [x]);
  const found = await Promise.all(
    allTargets.map(async (target) => (await evaluate({ dx }, { x: rows.flat(), g: weights.flat() }, target)).dx),
  );
  for (const [i, other] of found.entries()) assert.deepEqual(other, found[0], allTargets[i].name);
  return rows.map((row, y) => found[0].slice(y * row.length, (y + 1) * row.length));
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

const WINDOWS: readonly (readonly [kernel: number | readonly [number, number], options: WindowOptions])[] = [
  [2, { stride: 2 }],
  [3, { stride: 2, padding: 1 }],
  [3, { padding: 1 }],
  [3, { padding: 2, dilation: 2 }],
  [[3, 2], { stride: [1, 3], padding: [2, 1, 1, 0] }],
  [[2, 3], { stride: [3, 1], dilation: [1, 2], padding: [0, 2, 1, 2] }],
];

test('of numbers with many ties, below 0 and at 0, every target picks the pixels that indices name', async () => {
  for (const [kernel, options] of WINDOWS) {
    const random = new Random('ties');
    const x = source('x', [2, 2, 7, 8]);
    const y = maxPool(x, kernel, options);
    const g = source('g', y.shape);
    const [dx] = gradients(sum(mul(y, g)), [x]);
    const feeds = {
      x: Array.from({ length: sizeOf(x.shape) }, () => random.integer(3) - 2),
      g: Array.from({ length: sizeOf(y.shape) }, () => random.integer(100)),
    };
    const wanted = await evaluate({ dx }, feeds, plain);
    for (const target of allTargets)
      assert.deepEqual(await evaluate({ dx }, feeds, target), wanted, `${kernel} on ${target.name}`);
  }
});
