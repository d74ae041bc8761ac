import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allTargets, distance, distinct, evaluate } from '../gradients.test.support.js';
import { float64, gradients, mul, source, sum } from '../index.js';
import { type Coordinates, linearResampling, resizeBilinear, resizeBySize } from './resize.js';

test('two pixels become four as each convention of coordinates has it', async () => {
  const x = source('x', [1, 1, 1, 2]);
  // Places among the pixels 0 and 1, limited to them: -1/4 1/4 3/4 5/4; 0 1/2 1 3/2; 0 1/3 2/3 1.
  const wanted: Record<Coordinates, number[]> = {
    'half-pixel': [0, 7.5, 22.5, 30],
    legacy: [0, 15, 30, 30],
    'align-corners': [0, 10, 20, 30],
  };
  for (const target of allTargets) {
    for (const [coordinates, numbers] of Object.entries(wanted)) {
      const y = resizeBilinear(x, 1, 4, coordinates as Coordinates);
      assert.ok(distance((await evaluate({ y }, { x: [0, 30] }, target)).y, numbers) < 1e-6, coordinates);
    }
  }
});

test('five pixels become two without a mean: each output lies between the two nearest', async () => {
  const x = source('x', [1, 1, 5, 1]);
  // 5/4 - 1/2 = 3/4 and 15/4 - 1/2 = 13/4; 0 and 5/2; 0 and 4.
  const wanted: Record<Coordinates, number[]> = {
    'half-pixel': [0.75, 10.75],
    legacy: [0, 6.5],
    'align-corners': [0, 16],
  };
  for (const target of allTargets) {
    for (const [coordinates, numbers] of Object.entries(wanted)) {
      const y = resizeBilinear(x, 2, 1, coordinates as Coordinates);
      assert.ok(distance((await evaluate({ y }, { x: [0, 1, 4, 9, 16] }, target)).y, numbers) < 1e-6, coordinates);
    }
  }
});

const places: Record<Coordinates, (i: number, n: number, m: number) => number> = {
  'half-pixel': (i, n, m) => ((i + 0.5) / n) * m - 0.5,
  legacy: (i, n, m) => (i / n) * m,
  'align-corners': (i, n, m) => (n > 1 ? (i / (n - 1)) * (m - 1) : 0),
};

for (const [coordinates, place] of Object.entries(places)) {
  test(`a picture resized bilinearly and its gradient are sums over four neighbours: ${coordinates}`, async () => {
    for (const [h, w, height, width] of [
      [5, 7, 9, 4],
      [4, 3, 4, 11],
      [9, 8, 3, 3],
      [1, 6, 5, 1],
    ] as const) {
      const [shape, planes] = [[2, 2, h, w], 4];
      const { values: x } = distinct(shape);
      const { values: dy } = distinct([2, 2, height, width]);
      const [y, dx]: [number[], number[]] = [[], new Array<number>(x.length).fill(0)];
      for (let plane = 0; plane < planes; plane++) {
        for (let i = 0; i < height; i++) {
          for (let j = 0; j < width; j++) {
            const row = Math.min(Math.max(place(i, height, h), 0), h - 1);
            const column = Math.min(Math.max(place(j, width, w), 0), w - 1);
            let pixel = 0;
            for (let a = 0; a < h; a++) {
              for (let b = 0; b < w; b++) {
                const weight = Math.max(1 - Math.abs(row - a), 0) * Math.max(1 - Math.abs(column - b), 0);
                pixel += weight * x[(plane * h + a) * w + b];
                dx[(plane * h + a) * w + b] += weight * dy[(plane * height + i) * width + j];
              }
            }
            y.push(pixel);
          }
        }
      }
      const xs = source('x', shape);
      const resized = resizeBilinear(xs, height, width, coordinates as Coordinates);
      const [gradient] = gradients(sum(mul(resized, source('dy', resized.shape))), [xs]);
      for (const target of allTargets) {
        const found = await evaluate({ y: resized, dx: gradient }, { x, dy }, target);
        assert.ok(distance(found.y, y) < 2e-6, `${target.name}, ${h}x${w} to ${height}x${width}`);
        assert.ok(distance(found.dx, dx) < 2e-6, `gradient in ${target.name}, ${h}x${w} to ${height}x${width}`);
      }
    }
  });
}

test('a large map is resized as exactly as float32 tells places apart', async () => {
  const { values } = distinct([1, 1, 1, 480]);
  const y = resizeBilinear(source('x', [1, 1, 1, 480]), 1, 321);
  const [single, double] = [await evaluate({ y }, { x: values }), await evaluate({ y }, { x: values }, float64)];
  assert.ok(distance(single.y, double.y) < 1e-4); // places up to 480 are known to 480 / 2^24, pixels differ by 2
});

test('rows of resampling weights add up to 1', () => {
  for (const [n, m] of [
    [7, 3],
    [3, 7],
    [1, 5],
    [5, 1],
  ]) {
    for (const coordinates of ['half-pixel', 'legacy', 'align-corners'] as const) {
      const { weights } = linearResampling(n, m, coordinates);
      for (let i = 0; i < n; i++)
        assert.ok(Math.abs(weights.subarray(i * m, (i + 1) * m).reduce((a, b) => a + b, 0) - 1) < 1e-12);
    }
  }
});

test('a tensor of the wanted size is left alone, and one without height and width is refused', () => {
  const x = source('x', [1, 2, 3, 4]);
  assert.equal(resizeBilinear(x, 3, 4), x);
  assert.deepEqual(resizeBySize(x, source('like', [1, 9, 5, 6]), 'half-pixel').shape, [1, 2, 5, 6]);
  assert.throws(() => resizeBilinear(source('v', [2, 3]), 4, 4), /resize of \[2, 3\]: expected \[N, C, H, W\]/);
});
