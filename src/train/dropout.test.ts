import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.js';
import { DropoutMasks } from './dropout.js';

const SIZE = 100_000;

/** A copy of the mask `name` that a step draws. */
function maskOf(keep: number, step: number, { seed = 1, name = 'seg.fc6.mask', size = SIZE } = {}): Float32Array {
  const masks = new DropoutMasks([{ name, shape: [size], keep }]);
  return masks.fill(new Random(seed).fork(step))[name].slice();
}

const kept = (mask: Float32Array) => mask.reduce((n, value) => n + Number(value > 0), 0);

test('elements are 0 or 1 / keep, and the share kept is as asked', () => {
  for (const keep of [0.1, 0.5, 0.8]) {
    const mask = maskOf(keep, 0);
    assert.deepEqual([...new Set(mask)].sort(), [0, Math.fround(1 / keep)]);
    // Binomial: four standard deviations, sqrt(n p (1 - p)), leave one false alarm in 16,000.
    const bound = 4 * Math.sqrt(SIZE * keep * (1 - keep));
    assert.ok(Math.abs(kept(mask) - SIZE * keep) < bound, `${kept(mask)} kept of ${SIZE} at ${keep}`);
  }
});

test('neighbours, near and far, are kept independently of each other', () => {
  const mask = maskOf(0.5, 0);
  for (const lag of [1, 2, 3, 8, 64, 1024]) {
    let both = 0;
    for (let i = lag; i < SIZE; i++) both += Number(mask[i] > 0 && mask[i - lag] > 0);
    // A quarter of the pairs; four standard deviations of a binomial of 1/4.
    const pairs = SIZE - lag;
    assert.ok(Math.abs(both - pairs / 4) < 4 * Math.sqrt((pairs * 3) / 16), `${both} of ${pairs} at distance ${lag}`);
  }
});

test('a mask depends on seed, step and name alone', () => {
  assert.deepEqual(maskOf(0.5, 3), maskOf(0.5, 3));
  const masks = new DropoutMasks([{ name: 'seg.fc6.mask', shape: [SIZE], keep: 0.5 }]);
  for (const step of [7, 0, 3]) masks.fill(new Random(1).fork(step));
  assert.deepEqual(masks.values['seg.fc6.mask'], maskOf(0.5, 3), 'earlier steps leave no trace');
  const mask = maskOf(0.5, 3);
  for (const other of [maskOf(0.5, 4), maskOf(0.5, 3, { seed: 2 }), maskOf(0.5, 3, { name: 'seg.fc7.mask' })]) {
    const same = other.filter((value, i) => value === mask[i]);
    assert.ok(Math.abs(same.length - SIZE / 2) < 4 * Math.sqrt(SIZE / 4), `${same.length} of ${SIZE} agree`);
  }
});

test('masks of several layers have their shapes, odd ones as well', () => {
  const masks = new DropoutMasks([
    { name: 'a', shape: [2, 3, 1, 1], keep: 0.5 },
    { name: 'b', shape: [7], keep: 1 },
    { name: 'c', shape: [1], keep: 0.25 },
  ]);
  const values = masks.fill(new Random(1));
  assert.deepEqual(
    Object.entries(values).map(([name, { length }]) => [name, length]),
    [
      ['a', 6],
      ['b', 7],
      ['c', 1],
    ],
  );
  assert.deepEqual([...values.b], new Array(7).fill(1));
  const draws = Array.from({ length: 400 }, (_, step) => maskOf(0.25, step, { size: 3 })[2]);
  const share = draws.filter((value) => value === 4).length / 400;
  assert.ok(Math.abs(share - 0.25) < 4 * Math.sqrt(0.1875 / 400), `the odd last element is kept in ${share} of steps`);
});
