import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classShares } from '../data/frequency.js';
import { openRooms } from '../data/rooms/rooms.js';
import type { Raster } from '../tasks/raster.js';
import { type ConfigInput, parseConfig } from './config.js';
import { completeConfig, tasksOf } from './setup.js';

const size = { length: { train: 12, test: 2 }, width: 32, height: 32 };
const config = (tasks: ConfigInput['tasks']) =>
  parseConfig({ name: 'a', data: { kind: 'rooms', ...size }, tasks, train: { steps: 1 }, evaluate: { split: 'test' } });

test('class weights by frequency become numbers that are told: 1 / log(1.02 + share of the training labels)', async () => {
  const rooms = openRooms({ split: 'train', length: 12, seed: 1, width: 32, height: 32 });
  const counts = new Map<number, number>();
  for (let i = 0; i < 12; i++)
    for (const value of (await rooms.read(i)).labels.segmentation.data) counts.set(value, (counts.get(value) ?? 0) + 1);
  const notes: string[] = [];
  const wanted = config({
    segmentation: { kind: 'segmentation', classWeights: 'frequency' },
    kind: { kind: 'classification', classWeights: 'frequency' },
  });
  const complete = await completeConfig(wanted, (note) => notes.push(note));
  const weights = complete.tasks.segmentation.classWeights as number[];
  for (const [c, weight] of weights.entries()) {
    const share = (counts.get(c) ?? 0) / (12 * 32 * 32);
    assert.ok(Math.abs(weight * Math.log(1.02 + share) - 1) < 1e-3, `${c}: ${weight}`);
  }
  assert.equal((complete.tasks.kind.classWeights as number[]).length, 5);
  assert.equal(notes.length, 2);
  assert.match(notes[0], /tasks\.segmentation: .*all 12 labels of "train": .*wall \d/);
  assert.equal(tasksOf(complete).length, 2);
  // Complete as it is, it is not counted again.
  await completeConfig(complete, () => assert.fail('counted twice'));
});

test('what is no class counts nowhere, and without labels all shares are 0', async () => {
  const maps = [[0, 2, 255, 2], undefined, [1, Number.NaN, -1, 3]];
  const known = { name: 'maps', length: 3, labels: {} };
  const image = { width: 4, height: 1, data: new Uint8Array(12) };
  const read = async (i: number) => {
    const data = maps[i];
    const map = data && { channels: 1, height: 1, width: 4, data: Float32Array.from(data) };
    return { id: `${i}`, image, labels: map ? { parts: map } : ({} as Record<string, Raster>) };
  };
  const dataset = { ...known, read, packed: () => ({ ...known, read }) };
  assert.deepEqual(await classShares(dataset, 'parts', 3), { shares: [0.25, 0.25, 0.5], samples: 3, of: 3 });
  assert.deepEqual((await classShares(dataset, 'other', 2)).shares, [0, 0]);
});
