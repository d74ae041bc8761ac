import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { png, rgb, writeTestFile } from '../../data/folder.test.fixture.js';
import { budgetOf, planRuns } from './plan.js';
import { single, small, smallBase, temporaryFolder } from './small.test.fixture.js';

test('rows x seeds: all rows of a seed, each after the one whose last checkpoint it starts from', async () => {
  const { runs } = await planRuns({ experiment: small(), seeds: [1, 7], out: 'out' });
  assert.deepEqual(
    runs.map(({ path }) => basename(path)),
    [
      ...['begin-seed-1', 'nddr-seed-1', 'single-task-seed-1'],
      ...['begin-seed-7', 'nddr-seed-7', 'single-task-seed-7'],
    ],
  );
  const [begin, nddr, trainedOn] = runs.slice(3);
  assert.equal(nddr.config.train.start, resolve('out/begin-seed-7/checkpoints/step-000004.safetensors'));
  assert.equal(nddr.start, begin);
  assert.deepEqual([begin, nddr, trainedOn].map(budgetOf), [[4], [4, 4], [4, 4]]);
  // Rows that are compared draw the same batches, others than those of the networks they start from.
  assert.deepEqual(
    [begin, nddr, trainedOn].map(({ config }) => config.train.seed),
    [7, 1007, 1007],
  );
});

test('the data set overrides the experiment, --set the data set, and the row all of them', async () => {
  const experiment = small({
    on: { rooms: { 'train.batch': 3, 'train.rate': 0.2, 'train.clip': 0.5 } },
    rows: [
      { name: 'single-task', set: { ...single, 'train.rate': 0.4 }, times: 2.5 },
      { name: 'on rooms', set: { 'train.rate': 0.4 }, on: { rooms: { 'train.rate': 0.5 } } },
    ],
  });
  const set = ['train.rate=0.3', 'train.batch=4', 'train.steps=10'];
  const { runs } = await planRuns({ experiment, seeds: [1], set });
  const numbers = runs.map(({ config: { train } }) => [train.rate, train.batch, train.clip, train.steps]);
  assert.deepEqual(numbers, [
    [0.4, 4, 0.5, 25],
    [0.5, 4, 0.5, 10],
  ]);
});

const withBoundaries = (optional: string[]) =>
  small({
    base: {
      ...smallBase,
      tasks: { ...smallBase.tasks, depth: { kind: 'depth' } },
      train: { ...smallBase.train, lossWeights: { normals: 2, depth: 3 } },
    },
    optional,
  });

/** A folder with classes and nothing else. */
async function classesOnly(t: TestContext): Promise<string> {
  const root = join(temporaryFolder(t), 'photos');
  mkdirSync(root);
  for (const split of ['train', 'val', 'test']) {
    await writeTestFile(join(root, split, 'image', 'a.png'), png(8, 6, 3, [...rgb(8, 6, () => [9, 9, 9]).data]));
    await writeTestFile(join(root, split, 'label', 'a.png'), png(8, 6, 1, new Array(48).fill(1)));
  }
  const split = (name: string) => ({
    images: `${name}/image/*.png`,
    labels: { segmentation: `${name}/label/*.png` },
  });
  const described = {
    name: 'photos',
    splits: { train: split('train'), val: split('val'), test: split('test') },
    labels: { segmentation: { kind: 'segmentation', classes: ['left', 'right'] } },
  };
  writeFileSync(join(root, 'dataset.json'), JSON.stringify(described));
  return root;
}

test('a task that the data set lacks is left out where the experiment says so, else refused', async (t) => {
  const data = await classesOnly(t);
  const plan = await planRuns({ experiment: withBoundaries(['normals', 'depth']), seeds: [1], data });
  assert.equal(plan.data, 'photos');
  for (const { config } of plan.runs) {
    assert.deepEqual(Object.keys(config.tasks), ['segmentation']);
    assert.deepEqual(config.train.lossWeights, {});
  }
  await assert.rejects(planRuns({ experiment: withBoundaries(['depth']), seeds: [1], data }), {
    name: 'NddrError',
    message: /tasks\.normals: data set "photos" has no label of kind normals .*Choose another data set \(--data\)/,
  });
});

test('a configuration file gives data, tasks and training; the networks stay those of the experiment', async (t) => {
  const root = await classesOnly(t);
  const file = join(root, '..', 'mine.json');
  const config = {
    data: { kind: 'folder', root: 'photos' },
    tasks: { left: { kind: 'segmentation', from: 'segmentation' } },
    network: { backbone: { kind: 'vgg16', width: 0.125 }, fusion: { kind: 'shared' } },
    train: { steps: 9, lossWeights: { left: 5 } },
    evaluate: { best: 'left.mIoU' },
  };
  writeFileSync(file, JSON.stringify(config));
  const experiment = withBoundaries([]);
  const { runs, data, out } = await planRuns({ experiment, seeds: [1], data: file });
  assert.deepEqual([data, out], ['mine', join('runs', 'small-mine')]);
  const [, nddr] = runs;
  assert.deepEqual(Object.keys(nddr.config.tasks), ['left']);
  assert.equal(nddr.config.network.fusion.kind, 'nddr');
  assert.equal(nddr.config.network.backbone.width, 0.125);
  const { steps, lossWeights, batch } = nddr.config.train;
  assert.deepEqual({ steps, lossWeights, batch }, { steps: 9, lossWeights: { left: 5 }, batch: 2 });
  assert.equal(nddr.config.evaluate.best, 'left.mIoU');
});

test('data that is not there is refused with what there is', async (t) => {
  const root = temporaryFolder(t);
  writeFileSync(join(root, 'empty.json'), '{}');
  const cases: [string, RegExp][] = [
    ['romms', /--data romms: .*did you mean "rooms"\?/],
    [root, /no dataset\.json\. Make one: npx nddr data init/],
    [join(root, 'empty.json'), /has no section "data"/],
    [join(root, 'missing.json'), /no such file or folder/],
  ];
  for (const [data, message] of cases)
    await assert.rejects(planRuns({ experiment: small(), seeds: [1], data }), { name: 'NddrError', message });
});

test("a row's wrong setting is told with experiment and row", async () => {
  const experiment = small({ rows: [{ name: 'single-task', set: { 'train.stepps': 3 } }] });
  await assert.rejects(planRuns({ experiment, seeds: [1] }), {
    message: /^small, row "single-task": train: unknown key "stepps"; did you mean "steps"\?/,
  });
});
