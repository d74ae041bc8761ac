import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonical, colourReversed, everyNth, permuted, reduced, reductionTo } from './layout.js';

const counting = (length: number) => Float32Array.from({ length }, (_, i) => i);

test('axes are reordered as the definition says', () => {
  const [shape, order] = [
    [2, 3, 4, 5],
    [3, 2, 0, 1],
  ];
  const found = permuted(counting(120), shape, order);
  let i = 0;
  for (let a = 0; a < 5; a++)
    for (let b = 0; b < 4; b++)
      for (let c = 0; c < 2; c++) for (let d = 0; d < 3; d++) assert.equal(found[i++], ((c * 3 + d) * 4 + b) * 5 + a);
});

test('weights of TensorFlow, of each channel by itself, and fully connected ones become those of convolutions', () => {
  assert.deepEqual(canonical([3, 3, 8, 16], 'tensorflow')?.shape, [16, 8, 3, 3]);
  assert.deepEqual(canonical([3, 3, 8, 2], 'tensorflow', 1, true)?.shape, [16, 1, 3, 3]);
  assert.deepEqual(canonical([10, 98], 'torch', 7)?.shape, [10, 2, 7, 7]);
  assert.deepEqual(canonical([98, 10], 'tensorflow', 7)?.shape, [10, 2, 7, 7]);
  assert.equal(canonical([10, 97], 'torch', 7), undefined);
  assert.equal(canonical([10], 'torch'), undefined);
  // Rows of TensorFlow's matrix are pixels, and channels within a pixel: pixel 0, channel 1 is row 1.
  const connected = canonical([4 * 2, 3], 'tensorflow', 2)?.reorder(counting(24));
  assert.equal(connected?.[(0 * 2 + 1) * 4], 3);
});

test("DeepLab's reduction takes every fourth output and input, and the outer and middle taps", () => {
  const reduction = reductionTo([4096, 512, 7, 7], [1024, 512, 3, 3]);
  assert.deepEqual(reduction, { outputs: 4, inputs: 1, taps: 3 });
  assert.deepEqual(reductionTo([4096, 4096, 1, 1], [1024, 1024, 1, 1]), { outputs: 4, inputs: 4, taps: 1 });
  for (const to of [
    [1000, 512, 3, 3],
    [1024, 512, 5, 5],
    [8192, 512, 3, 3],
    [1024, 512, 3, 1],
  ])
    assert.equal(reductionTo([4096, 512, 7, 7], to), undefined, String(to));
  const taken = reduced(counting(8 * 2 * 49), [8, 2, 7, 7], [2, 2, 3, 3], { outputs: 4, inputs: 1, taps: 3 });
  assert.deepEqual([...taken.slice(0, 9)], [0, 3, 6, 21, 24, 27, 42, 45, 48]);
  assert.equal(taken[18], 4 * 2 * 49);
  assert.deepEqual([...everyNth(counting(8), 4)], [0, 4]);
});

test('colours change places, taps do not', () => {
  assert.deepEqual([...colourReversed(counting(12), [2, 3, 1, 2])], [4, 5, 2, 3, 0, 1, 10, 11, 8, 9, 6, 7]);
});
