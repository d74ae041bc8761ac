import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradients, source, sum, toModel } from '../engine/index.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { dropout } from '../nn/layers.js';
import { Scope } from '../nn/scope.js';
import { Random } from '../random.js';
import { DropoutMasks } from './dropout.js';

const SIZE = 100_000;

/** A copy of the bytes that a step draws for the mask `name`. */
function bytesOf(step: number, { seed = 1, name = 'seg.fc6.mask', size = SIZE } = {}): Uint8Array {
  const masks = new DropoutMasks([{ name, shape: [size] }]);
  return masks.fill(new Random(seed).fork(step))[name].slice();
}

/** What a dropout layer makes of ones, and their gradients. */
async function dropped(keep: number, step = 0): Promise<{ y: Float32Array; dx: Float32Array }> {
  const { scope, build } = Scope.root('train');
  const x = source('x', [SIZE]);
  const y = dropout(scope.child('fc6'), x, keep);
  const model = toModel({ y, dx: gradients(sum(y), [x])[0] });
  const session = await nodeRuntime({ threads: 1 }).open(model.bytes);
  const bytes = new DropoutMasks(build.masks).fill(new Random(1).fork(step));
  const found = await session.run({
    x: { dtype: 'float32', shape: [SIZE], data: new Float32Array(SIZE).fill(1) },
    ...Object.fromEntries(
      Object.entries(bytes).map(([name, data]) => [name, { dtype: 'uint8' as const, shape: [SIZE], data }]),
    ),
  });
  await session.close();
  return { y: found.y.data as Float32Array, dx: found.dx.data as Float32Array };
}

test('elements are 0 or divided by keep, the share kept is as asked, and gradients pass where elements do', async () => {
  for (const keep of [0.125, 0.5, 0.75]) {
    const { y, dx } = await dropped(keep);
    assert.deepEqual([...new Set(y)].sort(), [0, Math.fround(1 / keep)]);
    const kept = y.filter((value) => value > 0).length;
    // Binomial: four standard deviations, sqrt(n p (1 - p)), leave one false alarm in 16,000.
    const bound = 4 * Math.sqrt(SIZE * keep * (1 - keep));
    assert.ok(Math.abs(kept - SIZE * keep) < bound, `${kept} kept of ${SIZE} at ${keep}`);
    assert.deepEqual(dx, y);
  }
});

test('a share that is no multiple of 1/256 is taken to the nearest, and the mean stays', async () => {
  const { y } = await dropped(0.3); // 77/256
  assert.deepEqual([...new Set(y)].sort(), [0, Math.fround(256 / 77)]);
  assert.equal((await dropped(0.001)).y.filter((value) => value !== 0 && value !== 256).length, 0);
});

test('bytes are spread evenly', () => {
  const counts = new Array<number>(256).fill(0);
  for (const byte of bytesOf(0)) counts[byte]++;
  const chi = counts.reduce((total, n) => total + (n - SIZE / 256) ** 2 / (SIZE / 256), 0);
  // 255 degrees of freedom: mean 255, deviation sqrt(510).
  assert.ok(Math.abs(chi - 255) < 4 * Math.sqrt(510), `chi squared ${chi}`);
});

test('neighbours, near and far, are independent of each other', () => {
  const bytes = bytesOf(0);
  for (const lag of [1, 2, 3, 4, 8, 64, 1024]) {
    let both = 0;
    for (let i = lag; i < SIZE; i++) both += Number(bytes[i] < 128 && bytes[i - lag] < 128);
    // A quarter of the pairs; four standard deviations of a binomial of 1/4.
    const pairs = SIZE - lag;
    assert.ok(Math.abs(both - pairs / 4) < 4 * Math.sqrt((pairs * 3) / 16), `${both} of ${pairs} at distance ${lag}`);
  }
});

test('bytes depend on seed, step and name alone', () => {
  assert.deepEqual(bytesOf(3), bytesOf(3));
  const masks = new DropoutMasks([{ name: 'seg.fc6.mask', shape: [SIZE] }]);
  for (const step of [7, 0, 3]) masks.fill(new Random(1).fork(step));
  assert.deepEqual(masks.values['seg.fc6.mask'], bytesOf(3), 'earlier steps leave no trace');
  const bytes = bytesOf(3);
  for (const other of [bytesOf(4), bytesOf(3, { seed: 2 }), bytesOf(3, { name: 'seg.fc7.mask' })]) {
    const same = other.filter((value, i) => value === bytes[i]).length;
    const bound = 4 * Math.sqrt((SIZE * 255) / 65536);
    assert.ok(Math.abs(same - SIZE / 256) < bound, `${same} of ${SIZE} agree`);
  }
});

test('several layers have their own sizes, odd ones as well', () => {
  const values = new DropoutMasks([
    { name: 'a', shape: [2, 3, 1, 1] },
    { name: 'b', shape: [7] },
    { name: 'c', shape: [1] },
  ]).fill(new Random(1));
  assert.deepEqual(
    Object.entries(values).map(([name, { length }]) => [name, length]),
    [
      ['a', 6],
      ['b', 7],
      ['c', 1],
    ],
  );
});
