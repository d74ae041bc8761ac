import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JoinConfig, RoomsConfig } from './index.js';
import { openDataset } from './index.js';
import { openEvaluation, openLoader } from './loader.js';

const rooms = (seed: number, train: number, only?: readonly string[]): RoomsConfig & { only?: readonly string[] } => ({
  kind: 'rooms',
  seed,
  length: { train, ...(seed === 1 && { test: 2 }) },
  width: 16,
  height: 12,
  ...(only && { only }),
});
const joined: JoinConfig = {
  kind: 'join',
  parts: [rooms(1, 3, ['segmentation', 'kind']), rooms(2, 5, ['depth', 'kind'])],
};

test('a joined data set holds the samples of its parts, each with the labels that its part knows', async () => {
  const dataset = await openDataset(joined, 'train');
  assert.equal(dataset.length, 8);
  assert.deepEqual(Object.keys(dataset.labels), ['segmentation', 'kind', 'depth']);
  const [first, third, fourth, last] = await Promise.all([0, 2, 3, 7].map((i) => dataset.read(i)));
  assert.deepEqual(Object.keys(first.labels), ['segmentation', 'kind']);
  assert.deepEqual(Object.keys(fourth.labels), ['depth', 'kind']);
  assert.deepEqual(
    [third.id, fourth.id, last.id],
    ['rooms (part 1)/train-00002', 'rooms (part 2)/train-00000', 'rooms (part 2)/train-00004'],
  );
  const alone = await openDataset(rooms(2, 5), 'train');
  assert.deepEqual(last.labels.depth, (await alone.read(4)).labels.depth);
  assert.deepEqual(Object.keys((await dataset.packed(['depth']).read(0)).labels), []);
});

test('a split holds the parts that have one of its name', async () => {
  assert.equal((await openDataset(joined, 'test')).length, 2);
  await assert.rejects(openDataset(joined, 'trian'), { name: 'NddrError', message: /join: .*did you mean "train"/ });
});

const tasks = {
  segmentation: { kind: 'segmentation' },
  depth: { kind: 'depth' },
  kind: { kind: 'classification' },
  scaled: { kind: 'regression', from: 'cameraHeight' },
};

test('in a batch of both parts, what a part does not label is unlabelled', async () => {
  const cameras: JoinConfig = {
    kind: 'join',
    parts: [rooms(1, 3, ['segmentation', 'kind']), rooms(2, 5, ['depth', 'cameraHeight'])],
  };
  const loader = await openLoader({
    ...{ data: cameras, split: 'train', tasks, batch: 8, height: 12, width: 16, seed: 1, firstStep: 0, workers: 0 },
    augment: { scale: [1, 1], mirror: 0.5, mean: [0, 0, 0] },
  });
  const { ids, labels } = await loader.next();
  await loader.close();
  assert.deepEqual([labels.segmentation.length, labels.kind.length, labels.scaled.length], [8 * 192, 8, 8]);
  for (const [slot, id] of ids.entries()) {
    const first = id.startsWith('rooms (part 1)');
    const of = (name: string, length: number) => labels[name].subarray(slot * length, (slot + 1) * length);
    assert.equal(
      of('segmentation', 192).every((v) => v === 255),
      !first,
    );
    assert.equal(
      of('depth', 192).every((v) => v === 0),
      first,
    );
    assert.equal(of('kind', 1)[0] === 65535, !first);
    assert.equal(of('scaled', 1)[0] < 0, first);
  }
  assert.equal(new Set(ids).size, 8);
});

test('an evaluation takes the parts one after another', async () => {
  const both: JoinConfig = { kind: 'join', parts: [rooms(1, 3, ['kind', 'depth']), rooms(1, 3, ['segmentation'])] };
  const labels: Record<string, boolean>[] = [];
  const judged = { segmentation: tasks.segmentation, kind: tasks.kind };
  for await (const sample of openEvaluation({ data: both, split: 'test', tasks: judged, workers: 0 })) {
    assert.deepEqual([sample.labels.kind.height, sample.labels.segmentation.height], [1, 12]);
    labels.push({ segmentation: sample.labels.segmentation.data[0] !== 255, kind: sample.labels.kind.data[0] < 5 });
  }
  const [first, second] = [
    { segmentation: false, kind: true },
    { segmentation: true, kind: false },
  ];
  assert.deepEqual(labels, [first, first, second, second]);
});

test('labels of one name must agree; the error names both data sets', async (t) => {
  const { writeTestFile, png, rgb, temporaryFolder } = await import('./folder.test.fixture.js');
  const { encodePng } = await import('./image.js');
  const root = await temporaryFolder(t);
  await writeTestFile(`${root}/a.png`, await encodePng(rgb(2, 1, () => [0, 0, 0])));
  await writeTestFile(`${root}/label/a.png`, png(2, 1, 1, [0, 1]));
  const description = {
    name: 'photos',
    splits: { train: { images: '*.png', labels: { segmentation: 'label/*.png' } } },
    labels: { segmentation: { kind: 'segmentation' as const, classes: ['a', 'b'] } },
  };
  const parts = [rooms(1, 3), { kind: 'folder' as const, root, description }];
  await assert.rejects(openDataset({ kind: 'join', parts }, 'train'), {
    name: 'NddrError',
    message: /"segmentation" has classes \["wall".*\] in "rooms" and \["a","b"\] in "photos", expected the same/,
  });
  const apart = [rooms(1, 3, ['depth']), parts[1]];
  assert.equal((await openDataset({ kind: 'join', parts: apart }, 'train')).length, 4);
  const unknown = [rooms(1, 3, ['deepth'])];
  await assert.rejects(openDataset({ kind: 'join', parts: unknown }, 'train'), /no label "deepth" to keep/);
});
