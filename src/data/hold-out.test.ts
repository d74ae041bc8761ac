import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indicesOf } from './hold-out.js';
import { openDataset } from './index.js';

const rooms = { kind: 'rooms', seed: 1, length: { train: 10 }, width: 16, height: 16 } as const;

test('the held-out part and the rest have no sample in common and together are the split', () => {
  for (const [length, share, count] of [
    [10, 0.1, 1],
    [10, 0.25, 3],
    [367, 0.1, 37],
    [2, 0.01, 1],
  ]) {
    const held = indicesOf({ of: 'train', share, side: 'held' }, length);
    const rest = indicesOf({ of: 'train', share, side: 'rest' }, length);
    assert.equal(held.length, count);
    assert.deepEqual(
      [...held, ...rest].sort((a, b) => a - b),
      Array.from({ length }, (_, i) => i),
    );
  }
});

test('the same samples are held out each time, and not the first or last ones', () => {
  const held = () => [...indicesOf({ of: 'train', share: 0.1, side: 'held' }, 200)];
  assert.deepEqual(held(), held());
  assert.ok(held().some((index) => index < 100) && held().some((index) => index >= 100));
});

test('a split of one sample cannot be parted', () => {
  assert.throws(() => indicesOf({ of: 'train', share: 0.1, side: 'rest' }, 1), {
    name: 'NddrError',
    message: /"train" has 1 samples, of which 1 would be held out: none is left.*evaluate\.split/,
  });
});

test('a part of a data set reads its own samples, whole and packed', async () => {
  const whole = await openDataset(rooms, 'train');
  const part = { of: 'train', share: 0.2, side: 'held' } as const;
  const held = await openDataset(rooms, part);
  assert.equal(held.length, 2);
  for (const [i, index] of [...indicesOf(part, 10)].entries()) {
    assert.deepEqual(await held.read(i), await whole.read(index));
    assert.equal((await held.packed(['depth']).read(i)).id, (await whole.read(index)).id);
  }
});
