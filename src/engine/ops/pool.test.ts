import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allTargets, distance, distinct, evaluate } from '../gradients.test.support.js';
import { gradients, mul, type Shape, sizeOf, source, sum } from '../index.js';
import { avgPool, maxPool } from './pool.js';
import { type Pair, type WindowOptions, windowOf, windowOutput } from './window.js';

const configs: readonly (readonly [Shape, Pair, WindowOptions])[] = [
  [[1, 2, 7, 9], [3, 3], { stride: 2, padding: 1 }],
  [[3, 2, 5, 5], [3, 3], { padding: 1 }],
  [[2, 1, 6, 8], [2, 2], { stride: 2 }],
  [[1, 3, 5, 7], [3, 2], { stride: [1, 3], padding: [2, 1, 1, 0] }],
  [[2, 2, 4, 3], [4, 3], {}],
  [[1, 1, 3, 3], [5, 5], { padding: 2 }],
];

/** For every window the flat indices of the real pixels that it covers, in row-major order. */
function windowPixels(shape: Shape, kernel: Pair, options: WindowOptions): number[][] {
  const { stride, padding } = windowOf(kernel, options, shape);
  const [oh, ow] = windowOutput(shape, windowOf(kernel, options, shape));
  const [n, c, h, w] = shape;
  return Array.from({ length: n * c * oh * ow }, (_, at) => {
    const [plane, top, left] = [
      Math.floor(at / (oh * ow)),
      (Math.floor(at / ow) % oh) * stride[0] - padding[0],
      (at % ow) * stride[1] - padding[1],
    ];
    const pixels: number[] = [];
    for (let i = Math.max(top, 0); i < Math.min(top + kernel[0], h); i++)
      for (let j = Math.max(left, 0); j < Math.min(left + kernel[1], w); j++) pixels.push((plane * h + i) * w + j);
    return pixels;
  });
}

for (const [shape, kernel, options] of configs) {
  const title = `${kernel.join('x')} windows on [${shape}] ${JSON.stringify(options)}`;
  test(`pooling and its gradients are what loops over windows find: ${title}`, async () => {
    const windows = windowPixels(shape, kernel, options);
    const { values: x } = distinct(shape);
    const dy = Array.from(windows, (_, i) => Math.fround(0.1 + (i % 7)));
    const wanted = { max: [] as number[], average: [] as number[] };
    const pixelGradients = { max: new Array<number>(x.length).fill(0), average: new Array<number>(x.length).fill(0) };
    for (const [i, pixels] of windows.entries()) {
      const top = pixels.reduce((best, pixel) => (x[pixel] > x[best] ? pixel : best));
      wanted.max.push(x[top]);
      pixelGradients.max[top] += dy[i];
      wanted.average.push(pixels.reduce((sum, pixel) => sum + x[pixel], 0) / pixels.length);
      for (const pixel of pixels) pixelGradients.average[pixel] += dy[i] / pixels.length;
    }
    const [xs] = [source('x', shape)];
    for (const [kind, pool] of [
      ['max', maxPool],
      ['average', avgPool],
    ] as const) {
      const y = pool(xs, kernel, options);
      assert.equal(sizeOf(y.shape), windows.length);
      const [dx] = gradients(sum(mul(y, source('dy', y.shape))), [xs]);
      for (const target of allTargets) {
        const found = await evaluate({ y, dx }, { x, dy }, target);
        assert.ok(distance(found.y, wanted[kind]) < 1e-6, `${kind} in ${target.name}`);
        assert.ok(distance(found.dx, pixelGradients[kind]) < 1e-6, `gradient of ${kind} in ${target.name}`);
      }
    }
  });
}

test('where several pixels of a window are the largest, the first one gets the gradient', async () => {
  const x = source('x', [1, 1, 3, 4]);
  // Windows of 2x2 at stride 1: 2 x 3 of them.
  const values = [1, 5, 5, 2, 5, 5, 0, 2, 7, 7, 7, 7];
  const y = maxPool(x, 2);
  const [dx] = gradients(sum(y), [x]);
  for (const target of allTargets) {
    const found = await evaluate({ y, dx }, { x: values }, target);
    assert.deepEqual(found.y, [5, 5, 5, 7, 7, 7]);
    // Top windows: (0,1), (0,1), (0,2); bottom: (2,0), (2,1), (2,2).
    assert.deepEqual(found.dx, [0, 2, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0]);
  }
});

test('a map that is all one value sends each window to its first real pixel', async () => {
  const x = source('x', [1, 1, 3, 3]);
  const [dx] = gradients(sum(maxPool(x, 3, { stride: 2, padding: 1 })), [x]);
  for (const target of allTargets)
    assert.deepEqual((await evaluate({ dx }, { x: new Array(9).fill(-4) }, target)).dx, [1, 1, 0, 1, 1, 0, 0, 0, 0]);
});

test('padding never wins a maximum and never counts in a mean', async () => {
  const x = source('x', [1, 1, 2, 2]);
  const outputs = { max: maxPool(x, 3, { padding: 1 }), mean: avgPool(x, 3, { padding: 1 }) };
  for (const target of allTargets) {
    const { max, mean } = await evaluate(outputs, { x: [-8, -4, -2, -6] }, target);
    assert.deepEqual(max, [-2, -2, -2, -2]);
    assert.deepEqual(mean, [-5, -5, -5, -5]);
  }
});

test('a padding by which a window could miss the image is refused', () => {
  const x = source('x', [1, 1, 5, 5]);
  assert.throws(
    () => maxPool(x, 2, { padding: 2 }),
    /maxPool of \[1, 1, 5, 5\]: padding 2 lets a window miss the image/,
  );
  assert.throws(() => avgPool(x, 3, { dilation: 2 }), /average pooling has no dilation/);
});
