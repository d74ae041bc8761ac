import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distance, evaluate } from './gradients.test.support.js';
import {
  add,
  asPixels,
  atCellsOf,
  avgPool,
  concat,
  conv2d,
  gridOf,
  maxPool,
  relu,
  reshape,
  resizeLike,
  source,
  type Tensor,
  toModel,
} from './index.js';
import { nodeRuntime } from './runtime/node.js';

const imageOf = (height: number, width: number, channels = 1): Tensor =>
  asPixels(source('image', [1, channels, height, width]));

/** Stride and start along the height, then the width. */
function placesOf(x: Tensor): number[] {
  const grid = gridOf(x);
  assert.ok(grid);
  return [...grid.stride, ...grid.start];
}

test('a window moves the first cell to its middle, less the padding, and multiplies the stride', () => {
  const image = imageOf(97, 128);
  assert.deepEqual(placesOf(image), [1, 1, 0, 0]);
  assert.deepEqual(placesOf(maxPool(image, 3, { stride: 2, padding: 1 })), [2, 2, 0, 0]);
  assert.deepEqual(placesOf(maxPool(image, 3, { stride: 2 })), [2, 2, 1, 1]);
  assert.deepEqual(placesOf(avgPool(image, 2, { stride: 2 })), [2, 2, 0.5, 0.5]);
  // 11x11, stride 4, padding 2, as AlexNet begins: 5 - 2 = 3, then 3x3 pooling of stride 2: 3 + 4 = 7.
  const stem = conv2d(image, source('w', [4, 1, 11, 11]), null, { stride: 4, padding: 2 });
  assert.deepEqual(placesOf(stem), [4, 4, 3, 3]);
  assert.deepEqual(placesOf(relu(maxPool(stem, 3, { stride: 2 }))), [8, 8, 7, 7]);
  // A dilated kernel reaches further: 4 rows down and none across.
  const dilated = conv2d(image, source('v', [1, 1, 3, 1]), null, { dilation: [4, 1] });
  assert.deepEqual(placesOf(dilated), [1, 1, 4, 0]);
});

test("TensorFlow's padding leaves cells at 8 i + 7 where all sizes are even, and at 8 i where they are odd", () => {
  const halve = (x: Tensor) => maxPool(x, 3, { stride: 2, padding: 'same' });
  const eighth = halve(halve(halve(imageOf(96, 97))));
  assert.deepEqual(eighth.shape, [1, 1, 12, 13]);
  assert.deepEqual(placesOf(eighth), [8, 8, 7, 0]);
});

test('maps whose cells lie elsewhere are not joined, and what moves cells must say where they lie', () => {
  const image = imageOf(32, 32);
  const [even, odd] = [avgPool(image, 2, { stride: 2 }), maxPool(image, 3, { stride: 2, padding: 1 })];
  const wanted = /joins cells at 2 i \+ 0.5 with cells at 2 i \+ 0: resample one of them with resizeLike/;
  assert.throws(() => gridOf(add(even, odd)), wanted);
  assert.throws(() => gridOf(concat([even, odd], 1)), wanted);
  assert.deepEqual(placesOf(add(even, resizeLike(odd, even))), [2, 2, 0.5, 0.5]);
  const moved = reshape(even, [1, 1, 8, 32]);
  assert.throws(() => resizeLike(moved, image), /where the cells of \[1, 1, 8, 32\] .* unknown after reshape/);
  const back = reshape(moved, [1, 1, 16, 16]);
  assert.equal(gridOf(back), null);
  assert.deepEqual(placesOf(atCellsOf(back, even)), [2, 2, 0.5, 0.5]);
  assert.throws(() => atCellsOf(moved, even), /cannot have the cells/);
});

/** A map whose cells hold the pixel at which they are centred, enlarged: pixel i should show i between the outer cells. */
async function ramp(make: (image: Tensor) => Tensor, length: number): Promise<number[]> {
  const image = imageOf(1, length);
  const grid = gridOf(make(image));
  assert.ok(grid);
  const cells = make(image).shape[3];
  const centres = Array.from({ length: cells }, (_, i) => grid.start[1] + grid.stride[1] * i);
  const map = atCellsOf(source('map', [1, 1, 1, cells]), make(image));
  const { y } = await evaluate({ y: resizeLike(map, image) }, { map: centres, image: new Array(length).fill(0) });
  return Array.from({ length }, (_, i) => y[i] - Math.min(Math.max(i, centres[0]), centres[cells - 1]));
}

test('an enlarged map shows at each pixel what its cells say of that pixel', async () => {
  const row = { stride: [1, 8] as const, padding: [0, 0, 0, 0] as const };
  for (const length of [64, 65, 71]) {
    for (const make of [
      (x: Tensor) => avgPool(x, [1, 8], row),
      (x: Tensor) => maxPool(x, [1, 3], { ...row, padding: [0, 1, 0, 1] }),
      (x: Tensor) => maxPool(x, [1, 3], { ...row, padding: 'same' }),
    ]) {
      for (const error of await ramp(make, length)) assert.ok(Math.abs(error) < 1e-4, `${length}: ${error}`);
    }
  }
});

test("a model of free size enlarges TensorFlow's cells by the size of each image", async () => {
  const network = (image: Tensor) => {
    const halve = (x: Tensor) => maxPool(x, 3, { stride: 2, padding: 'same' });
    return resizeLike(halve(halve(image)), image);
  };
  const free = toModel({ y: network(imageOf(16, 16)) }, { dynamic: ['n', 'h', 'w'] });
  const session = await nodeRuntime({ threads: 1 }).open(free.bytes);
  for (const shape of [
    [1, 1, 16, 17],
    [2, 1, 21, 14],
    [1, 1, 15, 22],
  ]) {
    const values = Float32Array.from({ length: shape[0] * shape[2] * shape[3] }, (_, i) => (i * 7) % 31);
    const { y } = await session.run({ image: { dtype: 'float32', shape, data: values } });
    const fixed = await evaluate({ y: network(asPixels(source('image', shape))) }, { image: [...values] });
    assert.ok(distance([...(y.data as Float32Array)], fixed.y) < 1e-6, `${shape}`);
  }
  await session.close();
});
