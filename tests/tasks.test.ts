/** Every kind of task in one network: training, evaluation, export, prediction, report. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openDataset } from '../src/data/index.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { type ConfigInput, parseConfig } from '../src/experiments/config.js';
import { contactSheet } from '../src/experiments/contact-sheet.js';
import { exportRun } from '../src/experiments/export.js';
import { judgeRun } from '../src/experiments/judge.js';
import { openRun } from '../src/experiments/open-run.js';
import { predictRun } from '../src/experiments/predict.js';
import { run } from '../src/experiments/run.js';
import { samplesOf, writeReport } from '../src/experiments/run-report.js';
import { completeConfig, networkOf, tasksOf } from '../src/experiments/setup.js';
import { initialValues } from '../src/nn/scope.js';
import { encodePng, openLoader } from '../src/node.js';
import { Random } from '../src/random.js';
import { taskKinds } from '../src/tasks/index.js';
import { deltaM } from '../src/tasks/score.js';
import { modelFacts } from '../src/train/model-facts.js';
import { CompiledStep } from '../src/train/step.js';
import { buildStep } from '../src/train/step-graph.js';

const root = mkdtempSync(join(tmpdir(), 'nddr-tasks-'));
const path = join(root, 'run');
after(() => rmSync(root, { recursive: true, force: true }));

// The rooms teach every kind; parts are taught by the class map.
const tasks = Object.fromEntries(Object.keys(taskKinds).map((kind) => [`the-${kind}`, { kind }]));
const config: ConfigInput = {
  name: 'all',
  data: { kind: 'rooms', length: { train: 8, val: 3, test: 3 }, width: 32, height: 24 },
  tasks,
  network: { backbone: { kind: 'vgg16', width: 0.0625, keep: 1 }, fusion: { kind: 'shared' } },
  train: {
    ...{
      steps: 12,
      batch: 8,
      height: 24,
      width: 32,
      rate: 0.02,
      schedule: { kind: 'constant' },
      workers: 0,
      threads: 1,
    },
    rates: { fusion: 1, headWeight: 1, headBias: 1 },
    augment: { scale: [1, 1], mirror: 0 },
    ...{ evaluateEvery: 1000, checkpointEvery: 1000 },
  },
};
const losses: Record<string, number>[] = [];

before(async () => {
  for await (const event of run({ path, config })) if (event.type === 'step') losses.push({ ...event.losses });
});

test('some steps on the same images lower the loss of every task', () => {
  assert.equal(losses.length, 12);
  for (const name of Object.keys(tasks))
    assert.ok(losses[11][name] < losses[0][name], `${name}: ${losses.map((step) => step[name].toFixed(3))}`);
});

test('every metric of every task is judged, by class where there are classes', async () => {
  const { values, perClass, images } = await judgeRun({ path });
  assert.equal(images, 3);
  const known = tasksOf((await openRun(path)).config);
  for (const task of known)
    for (const { name } of task.metrics) assert.ok(Number.isFinite(values[task.name][name]), `${task.name}.${name}`);
  const ones = Object.fromEntries(known.map(({ name, metrics }) => [name, { [metrics[0].name]: 1 }]));
  assert.ok(Number.isFinite(deltaM(known, values, ones)));
  assert.deepEqual(Object.keys(perClass['the-classification']).length, 5);
  assert.equal(Object.keys(perClass['the-multilabel']).length, 10);
});

test('the exported file answers about pixels at the size of the image, about images with one pixel', async () => {
  const { differences, path: file } = await exportRun(path, { images: 2 });
  for (const [task, { largest }] of Object.entries(differences)) assert.ok(largest < 1e-4, `${task}: ${largest}`);
  const bytes = readFileSync(file);
  const session = await nodeRuntime({ threads: 1 }).open(bytes);
  const image = new Float32Array(2 * 3 * 40 * 56).fill(99);
  const answers = await session.run({ image: { dtype: 'float32', shape: [2, 3, 40, 56], data: image } });
  await session.close();
  for (const task of tasksOf((await openRun(path)).config)) {
    const size = task.level === 'image' ? [1, 1] : [40, 56];
    assert.deepEqual(answers[task.name].shape, [2, task.channels, ...size], task.name);
  }
  const facts = modelFacts(bytes).tasks;
  const told = Object.fromEntries(facts.map(({ kind, level }) => [kind, level]));
  assert.deepEqual([told.classification, told.multilabel, told.regression], ['image', 'image', 'image']);
  assert.deepEqual([told.segmentation, told.saliency], ['pixel', 'pixel']);
  const numbers = facts.find(({ kind }) => kind === 'regression');
  assert.deepEqual([numbers?.unit, numbers?.names], ['metres', ['camera height']]);
});

test('predictions about whole images are written as JSON and as a picture of words', async () => {
  const { image } = await (await openDataset(parseConfig(config).data, 'test')).read(0);
  writeFileSync(join(root, 'photo.png'), await encodePng(image));
  const out = join(root, 'out');
  for await (const event of predictRun({ path, inputs: [join(root, 'photo.png')], out, npy: true })) {
    if (event.type === 'found') continue;
    assert.ok(event.type === 'answered');
    const { words } = event;
    assert.deepEqual(Object.keys(words), ['the-classification', 'the-multilabel', 'the-regression']);
    assert.match(words['the-classification'], /^[a-z ]+ \d+ %, /);
    assert.match(words['the-regression'], /^camera height [\d.]+ metres$/);
  }
  const files = readdirSync(out);
  for (const kind of ['classification', 'multilabel', 'regression'])
    for (const ending of ['json', 'png', 'npy']) assert.ok(files.includes(`photo.the-${kind}.${ending}`), ending);
  assert.ok(files.includes('photo.the-saliency.percent.png') && files.includes('photo.the-parts.classes.png'));
  const { class: best, probabilities } = JSON.parse(readFileSync(join(out, 'photo.the-classification.json'), 'utf8'));
  const shares = Object.values(probabilities as Record<string, number>);
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-5);
  assert.equal(probabilities[best], Math.max(...shares));
});

test('a report shows them all', async () => {
  const runs = [{ name: 'all', path }];
  const out = join(root, 'report.html');
  await writeReport({ title: 'all', summary: '', runs, weights: 'best', out, samples: 1 });
  const page = readFileSync(out, 'utf8');
  for (const name of Object.keys(tasks)) assert.ok(page.includes(name), name);
  const sheet = await contactSheet(
    await samplesOf({ runs, weights: 'best', samples: 2 }, (await openRun(path)).config),
  );
  assert.ok(sheet.length > 1000 && existsSync(out));
});

test('in a batch of joined data sets every task learns from the samples of its own part alone', async () => {
  const rooms = { kind: 'rooms', length: { train: 4 }, width: 32, height: 24 } as const;
  const part = (seed: number, only: string[]) => ({ ...rooms, seed, only });
  const data = {
    kind: 'join',
    parts: [part(1, ['segmentation', 'kind']), part(2, ['depth', 'cameraHeight'])],
  } as const;
  const kinds = ['segmentation', 'classification', 'depth', 'regression'];
  const complete = await completeConfig(
    parseConfig({
      ...config,
      data: { ...data, parts: [...data.parts] },
      tasks: Object.fromEntries(kinds.map((kind) => [kind, { kind }])),
      evaluate: { split: 'train' },
    }),
  );
  const network = await networkOf(complete);
  const graph = buildStep({ network, batch: 8, height: 24, width: 32 });
  const values = initialValues(graph.variables.values(), new Random(1));
  const step = await CompiledStep.open(graph, nodeRuntime({ threads: 1 }), values);
  const loader = await openLoader({
    ...{ data: complete.data, split: 'train', tasks: complete.tasks, batch: 8, height: 24, width: 32 },
    ...{ seed: 1, firstStep: 0, workers: 0 },
    augment: { scale: [1, 1], mirror: 0, mean: [0, 0, 0] },
  });
  const { images, labels, ids } = await loader.next();
  await loader.close();
  const before = (await step.run({ image: images, labels, masks: {} })).losses;
  // A task whose labels are taken away from its own part has nothing left to learn from in the other.
  const changed = Object.fromEntries(Object.entries(labels).map(([name, data]) => [name, data.slice()]));
  for (const [slot, id] of ids.entries()) {
    if (!id.includes('part 1')) continue;
    for (const task of network.tasks) {
      const length = changed[task.name].length / 8;
      changed[task.name].fill(task.label.unlabelled, slot * length, (slot + 1) * length);
    }
  }
  const second = (await step.run({ image: images, labels: changed, masks: {} })).losses;
  await step.close();
  for (const name of ['segmentation', 'classification']) {
    assert.ok(before[name] > 0);
    assert.equal(second[name], 0);
  }
  for (const name of ['depth', 'regression']) {
    assert.ok(before[name] > 0);
    assert.equal(second[name], before[name]);
  }
});
