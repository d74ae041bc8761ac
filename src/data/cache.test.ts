import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cached, cacheMemory } from './cache.js';
import type { PackedDataset, Sample } from './dataset.js';
import type { PackedLabel } from './packed.js';

const sample = (index: number): Sample<PackedLabel> => ({
  id: `bär/${index}`,
  image: { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => 10 * index + i) },
  labels: {
    classes: { channels: 1, height: 2, width: 3, data: Uint8Array.of(0, 1, 2, 255, 1, index) },
    depth: {
      channels: 1,
      height: 2,
      width: 3,
      data: Uint16Array.of(1, 2, 3, 65535, 5, index),
      encoding: { kind: 'metres', metresPerValue: 0.001 },
    },
    // One that not every sample has.
    ...(index % 2 === 0 && {
      far: { channels: 1, height: 2, width: 3, data: Float32Array.of(0.5, 1, 2, 3, 4, index) },
    }),
  },
});

/** A data set that writes down what was read of it. */
function dataset(length: number): PackedDataset & { readonly reads: number[] } {
  const reads: number[] = [];
  const read = async (index: number) => {
    reads.push(index);
    return sample(index);
  };
  return { name: 'test', length, labels: {}, read, reads };
}

test('what one thread decoded the others find, whole', async () => {
  const memory = cacheMemory(4, 1e5);
  const [one, other] = [dataset(4), dataset(4)];
  for (const index of [0, 1, 3]) await cached(one, memory).read(index);
  const second = cached(other, memory);
  for (const index of [3, 0, 1, 2, 3, 2]) assert.deepEqual(await second.read(index), sample(index));
  assert.deepEqual(other.reads, [2]);
});

test('a set that does not fit keeps the same part in every epoch, whatever the order, and stays within its budget', async () => {
  const whole = cacheMemory(10, 1e5);
  const all = cached(dataset(10), whole);
  for (let index = 0; index < 10; index++) await all.read(index);
  const size = 64 * whole.used[0];

  const budget = Math.floor(size / 2);
  const memory = cacheMemory(10, budget);
  const [one, other] = [dataset(10), dataset(10)];
  const threads = [cached(one, memory), cached(other, memory)];
  const missed: number[] = [];
  for (let epoch = 0; epoch < 4; epoch++) {
    one.reads.length = other.reads.length = 0;
    for (let i = 0; i < 10; i++) await threads[i % 2].read((7 * i + epoch) % 10);
    missed.push(one.reads.length + other.reads.length);
    assert.ok(64 * memory.used[0] <= budget, `${64 * memory.used[0]} bytes of ${budget}`);
  }
  assert.equal(missed[0], 10);
  assert.ok(missed[1] >= 4 && missed[1] <= 6, `${missed[1]} of 10 missed`);
  assert.deepEqual(missed.slice(2), [missed[1], missed[1]]);
});

test('a budget of nothing keeps nothing, and one beyond all memory is told', async () => {
  const source = dataset(2);
  const nothing = cached(source, cacheMemory(2, 0));
  for (const index of [0, 1, 0]) assert.deepEqual(await nothing.read(index), sample(index));
  assert.deepEqual(source.reads, [0, 1, 0]);
  assert.throws(() => cacheMemory(2, 2 ** 60), { name: 'NddrError', message: /train\.cacheMegabytes/ });
});
