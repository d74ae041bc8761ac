import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distance, distinct, evaluate, tuned } from '../../../gradients.test.support.js';
import { conv2d, gradients, type Shape, source, sum } from '../../../index.js';
import { mul } from '../../../ops/elementwise.js';
import { CPU_TUNING } from '../constants.js';
import { winogradPays } from './winograd.js';

const FORMS: readonly (readonly [image: Shape, channels: number, dilation: number])[] = [
  [[1, 3, 9, 13], 4, 1],
  [[2, 4, 8, 8], 3, 1],
  [[3, 2, 5, 1], 2, 1],
  [[1, 3, 13, 10], 4, 2],
  [[2, 3, 7, 9], 2, 3],
  [[2, 3, 11, 11], 2, 12],
  [[2, 3, 7, 6], 2, 4],
  [[2, 2, 17, 19], 3, 3],
];

for (const [image, o, dilation] of FORMS) {
  test(`an image [${image}] is convolved by tiles as by definition, with its gradients, at dilation ${dilation}`, async () => {
    const [x, w] = [source('x', image), source('w', [o, image[1], 3, 3])];
    const dy = source('dy', [image[0], o, image[2], image[3]]);
    const y = conv2d(x, w, null, { padding: dilation, dilation });
    const [dx, dw] = gradients(sum(mul(y, dy)), [x, w]);
    const [direct, tiled] = [tuned({ tiles: 'never' }), tuned({ tiles: 'always' })];
    const feeds = {
      x: distinct(image).values,
      w: distinct(w.shape, undefined, 1).values,
      dy: distinct(dy.shape, undefined, 2).values,
    };
    for (const [name, tolerance] of [
      ['cpu', 1e-5],
      ['float64', 1e-13],
    ] as const) {
      const wanted = await evaluate({ y, dx, dw }, feeds, direct[name]);
      const found = await evaluate({ y, dx, dw }, feeds, tiled[name]);
      for (const key of ['y', 'dx', 'dw'] as const) {
        const error = distance(found[key], wanted[key]);
        assert.ok(error < tolerance, `${key} on ${name} is off by ${error}`);
      }
    }
  });
}

test('tiles are for 3x3 kernels at stride 1 between many channels on maps that fill them', () => {
  const pays = (image: Shape, o: number, change = {}) =>
    winogradPays(CPU_TUNING, image, [o, image[1], 3, 3], {
      kernel: [3, 3],
      stride: [1, 1],
      dilation: [1, 1],
      padding: [1, 1, 1, 1],
      groups: 1,
      ...change,
    });
  assert.equal(pays([1, 256, 81, 81], 256), true);
  assert.equal(pays([1, 128, 161, 161], 128), false, 'few channels');
  assert.equal(pays([1, 256, 5, 5], 256), false, 'tiles that are mostly empty');
  assert.equal(pays([1, 256, 81, 81], 256, { stride: [2, 2] }), false);
  assert.equal(pays([1, 256, 81, 81], 256, { groups: 2 }), false);
  assert.equal(pays([1, 256, 81, 81], 256, { padding: [0, 0, 0, 0] }), false, 'another output size');
  assert.equal(pays([4, 512, 21, 21], 512, { dilation: [12, 12], padding: [12, 12, 12, 12] }), true);
  assert.equal(pays([1, 512, 41, 41], 512, { dilation: [2, 2], padding: [2, 2, 2, 2] }), true);
});
