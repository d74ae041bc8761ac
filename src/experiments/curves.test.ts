import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linearTicks, logTicks, renderChart, showTick } from './curves.js';
import type { CurvePoint } from './report-data.js';

test('ticks are round, lie inside, and cover the axis', () => {
  assert.deepEqual(linearTicks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(linearTicks(0.13, 0.47, 5), [0.2, 0.3, 0.4]);
  assert.deepEqual(linearTicks(-3, 7, 5), [-2, 0, 2, 4, 6]);
  assert.deepEqual(linearTicks(0, 12_345, 5), [0, 5000, 10_000]);
});

test('logarithmic ticks are powers of ten, with 2 and 5 between them where there are few', () => {
  assert.deepEqual(logTicks(0.001, 100), [0.001, 0.01, 0.1, 1, 10, 100]);
  assert.deepEqual(logTicks(0.3, 20), [0.5, 1, 2, 5, 10, 20]);
  assert.deepEqual(logTicks(1e-12, 1), [1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 0.01, 1]);
  assert.deepEqual(logTicks(1, 2), [1, 1.5, 2]);
});

test('ticks are short to read', () => {
  assert.deepEqual([0, 0.05, 0.30000000000000004, 800, 1500, 20_000, 2_000_000, 1e-5, -2].map(showTick), [
    '0',
    '0.05',
    '0.3',
    '800',
    '1500',
    '20k',
    '2e6',
    '1e-5',
    '-2',
  ]);
});

const draw = (points: readonly CurvePoint[], scale?: 'log') =>
  renderChart({ title: 'loss', scale, lines: [{ name: 'NDDR', points }] }, () => 0).text;

/** The corners of the drawn curve, from its path. */
function cornersOf(svg: string): number[][] {
  const path = /class="curve" d="([^"]*)"/.exec(svg)?.[1] ?? '';
  return path
    .split(/[ML]/)
    .slice(1)
    .map((corner) => corner.split(' ').map(Number));
}

test('a straight line of values is drawn straight, from left to right and upwards', () => {
  const [first, middle, last] = cornersOf(
    draw([
      [0, 10],
      [50, 20],
      [100, 30],
    ]),
  );
  assert.ok(first[0] < last[0] && first[1] > last[1]);
  assert.ok(Math.abs(middle[0] - (first[0] + last[0]) / 2) <= 0.1);
  assert.ok(Math.abs(middle[1] - (first[1] + last[1]) / 2) <= 0.1);
});

test('equal factors are equal distances on a log scale, and zeros are left out', () => {
  const corners = cornersOf(
    draw(
      [
        [0, 100],
        [1, 0],
        [2, 10],
        [3, -1],
        [4, 1],
      ],
      'log',
    ),
  );
  assert.equal(corners.length, 3);
  assert.ok(Math.abs(corners[1][1] - (corners[0][1] + corners[2][1]) / 2) <= 0.1);
});

test('long curves are drawn as means with their range behind them', () => {
  const noisy = Array.from({ length: 64_000 }, (_, step): CurvePoint => [step, step % 2 === 0 ? 1 : 3]);
  const svg = draw(noisy);
  const corners = cornersOf(svg);
  assert.equal(corners.length, 160);
  assert.ok(
    corners.every(([, y]) => y === corners[0][1]),
    'every bucket has the mean 2',
  );
  assert.match(svg, /class="band"/);
  assert.ok(svg.length < 20_000);
  assert.doesNotMatch(
    draw([
      [0, 1],
      [1, 3],
    ]),
    /class="band"/,
  );
});

test('what cannot be drawn is left out: NaN, no points, one point, a flat curve', () => {
  assert.equal(
    cornersOf(
      draw([
        [0, 1],
        [1, Number.NaN],
        [2, 3],
      ]),
    ).length,
    2,
  );
  assert.match(draw([[0, Number.NaN]]), /No values yet/);
  for (const points of [
    [[5, 2]],
    [
      [0, 0],
      [9, 0],
    ],
    [
      [0, 7],
      [9, 7],
    ],
  ] as CurvePoint[][]) {
    for (const scale of [undefined, 'log'] as const) {
      assert.doesNotMatch(draw(points, scale), /NaN|Infinity/);
    }
  }
  assert.match(draw([[5, 2]]), /<circle/);
});

test('a chart tells in words what it shows', () => {
  assert.match(
    draw(
      [
        [0, 3],
        [900, 0.51234],
      ],
      'log',
    ),
    /aria-label="loss over 0 to 900 steps: NDDR ends at 0.5123"/,
  );
});
