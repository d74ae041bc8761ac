/**
 * Every backbone that is registered x every fusion: a run on one batch, from the first weights to the exported file.
 *
 * All settings that change a backbone's structure, shortcuts and sets of tasks would make a thousand runs. So each pair
 * takes one of each in rotation: every backbone meets every set of tasks, and all its forms where it has no more than
 * there are fusions.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { backboneSchema } from '../src/backbones/index.js';
import { type BackboneKind, imageOf, variantsOf } from '../src/backbones/variants.test.fixture.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { type Config, type ConfigInput, parseConfig } from '../src/experiments/config.js';
import { openRun } from '../src/experiments/open-run.js';
import { folderStore } from '../src/experiments/run.js';
import { networkOf, tasksOf } from '../src/experiments/setup.js';
import { floats, runWeights } from '../src/experiments/weights.js';
import { readWhole, writeWhole } from '../src/files.js';
import { fusionKinds } from '../src/fusion/index.js';
import type { Values } from '../src/nn/scope.js';
import { taskCases } from '../src/tasks/cases.test.fixture.js';
import { createTask, type TaskKind, taskKinds } from '../src/tasks/index.js';
import { RunFolder } from '../src/train/node/run-folder.js';
import type { Store } from '../src/train/options.js';
import { inferenceModel, openTrainingForm, Predictor } from '../src/train/predictor.js';
import { train } from '../src/train/trainer.js';

const [BATCH, HEIGHT, WIDTH] = [3, 63, 97]; // AlexNet makes of it two pixels, and takes no less for one
const STEPS = 10;
/** Another size than a graph is built for, in training or for export. */
const [OTHER_HEIGHT, OTHER_WIDTH] = [97, 131];

const backbones = backboneSchema.options
  .map(({ shape }) => shape.kind.value)
  .filter((kind): kind is BackboneKind => kind !== 'module'); // a file of the user's: own-backbone.test.ts

const caseOf = (kind: TaskKind) => {
  const [found] = taskCases[kind] ?? assert.fail(`src/tasks/cases.test.fixture.ts has no row for ${kind}`);
  return found;
};

/** One task about pixels and one about images each; every kind occurs. */
const taskSets = ((): (readonly TaskKind[])[] => {
  const kinds = Object.keys(taskKinds) as TaskKind[];
  const isOfPixels = (kind: TaskKind) => createTask(kind, caseOf(kind).config).level === 'pixel';
  const pixels = kinds.filter(isOfPixels);
  const images = kinds.filter((kind) => !isOfPixels(kind));
  const count = Math.max(pixels.length, images.length);
  return Array.from({ length: count }, (_, i) => [pixels[i % pixels.length], images[i % images.length]]);
})();

/** Its shortcut, where it has one, is there for every second backbone. */
const fusions = fusionKinds.map(({ settings: { shape } }) => ({
  kind: shape.kind.value,
  hasShortcut: Object.hasOwn(shape, 'shortcut'),
}));

const pairs = backbones.flatMap((backbone, b) =>
  fusions.map(({ kind, hasShortcut }, f) => {
    const forms = variantsOf(backbone);
    const { title, config } = forms[f % forms.length];
    const shortcut = hasShortcut && (b + f) % 2 === 1;
    const tasks = taskSets[(b + f) % taskSets.length];
    return {
      title: `${title} x ${kind}${shortcut ? ' with shortcut' : ''} x ${tasks.join(', ')}`,
      // Dropout draws another network at every step; without it a loss does not fall by accident.
      network: {
        backbone: { ...config, keep: 1 },
        fusion: { kind, ...(hasShortcut && { shortcut }) },
      } as ConfigInput['network'],
      tasks,
    };
  }),
);

const configOf = ({ network, tasks }: (typeof pairs)[number]): Config =>
  parseConfig({
    name: 'family',
    data: { kind: 'rooms' },
    tasks: Object.fromEntries(tasks.map((kind) => [`the-${kind}`, caseOf(kind).config])),
    network: { ...network, deviation: [64, 64, 64] },
    train: {
      ...{ steps: STEPS + 2, batch: BATCH, height: HEIGHT, width: WIDTH, clip: 1 },
      ...{ rate: 0.003, optimizer: { kind: 'adam' }, schedule: { kind: 'poly' } },
      calibrate: true, // ten steps are few for running statistics that start at 0 and 1: some answers were all alike
      rates: { fusion: 1, headWeight: 1, headBias: 1 },
    },
  });

/** One batch. The labels of a task's case are those of the left and the right half, or of images in turn. */
function batchOf(config: Config) {
  const label = (kind: TaskKind) => {
    const { level, label } = createTask(kind, caseOf(kind).config);
    const rows = caseOf(kind).labels;
    const [h, w] = level === 'image' ? [1, 1] : [HEIGHT, WIDTH];
    return Float32Array.from({ length: BATCH * label.channels * h * w }, (_, i) => {
      const [x, channel] = [i % w, Math.floor(i / (h * w)) % label.channels];
      const place = level === 'image' ? Math.floor(i / label.channels) : Number(x >= Math.floor(w / 2));
      return rows[place % rows.length][channel];
    });
  };
  // Every second image is darker.
  const images = imageOf([BATCH, 3, HEIGHT, WIDTH]).map((value, i, { length }) =>
    Math.floor((i * BATCH) / length) % 2 ? value / 3 : value,
  );
  const labels = Object.fromEntries(tasksOf(config).map(({ name, kind }) => [name, label(kind as TaskKind)]));
  return { images, labels };
}

const runtime = nodeRuntime({ threads: 1 });
const root = mkdtempSync(join(tmpdir(), 'nddr-family-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** Trains on one batch and stops before the end, so that no evaluation is made; also copies what is saved. */
async function trainInto(path: string, config: Config) {
  const folder = RunFolder.vacant(path);
  await folder.begin(config);
  const store = folderStore(folder, config);
  const copy = (values: Values) => new Map([...values].map(([name, array]) => [name, array.slice()]));
  const saved: { weights: Values; optimizer: Values }[] = [];
  const copying: Store = {
    ...store,
    async save(snapshot) {
      saved.push({ weights: copy(snapshot.values), optimizer: copy(snapshot.optimizer) });
      await store.save(snapshot);
    },
  };
  const batch = batchOf(config);
  const controller = new AbortController();
  const totals: number[] = [];
  const training = train({
    network: await networkOf(config),
    settings: { ...config.train, best: config.evaluate.best },
    data: { waitedMillis: 0, next: async () => batch, evaluation: () => assert.fail('no evaluation is due') },
    ...{ runtime, store: copying, signal: controller.signal },
  });
  for await (const event of training) {
    if (event.type !== 'step') continue;
    totals.push(event.total);
    // The loss of a step is that before its update: one more shows what ten have done.
    if (event.step === STEPS + 1) controller.abort();
  }
  const [last] = saved;
  return { totals, saved: last };
}

for (const [index, pair] of pairs.entries()) {
  test(`${pair.title}: learns, is kept, and is exported as it is`, async () => {
    const path = join(root, `${index}`);
    const { totals, saved } = await trainInto(path, configOf(pair));
    assert.equal(totals.length, STEPS + 1);
    const course = totals.map((total) => total.toFixed(4)).join(' ');
    assert.ok(totals[STEPS] < 0.97 * totals[0], course);

    const { folder, config } = await openRun(path);
    const { step, values } = await runWeights(folder, 'last');
    const kept = await folder.latestCheckpoint();
    assert.equal(step, STEPS + 1);
    assert.deepEqual(values, saved.weights);
    assert.deepEqual(floats(kept?.checkpoint.optimizer ?? new Map()), saved.optimizer);

    const network = await networkOf(config);
    await writeWhole(folder.modelPath, [inferenceModel(network, values).bytes]);
    const trained = await openTrainingForm(network, values, runtime);
    const session = await runtime.open(await readWhole(folder.modelPath));
    const exported = new Predictor(session, network.tasks, trained.sizes);
    const image = imageOf([1, 3, OTHER_HEIGHT, OTHER_WIDTH]);
    const wanted = await trained.answer(image, OTHER_HEIGHT, OTHER_WIDTH);
    const found = await exported.answer(image, OTHER_HEIGHT, OTHER_WIDTH);
    await trained.close();
    await exported.close();
    for (const { name, level, channels } of network.tasks) {
      const size = level === 'image' ? { height: 1, width: 1 } : { height: OTHER_HEIGHT, width: OTHER_WIDTH };
      const { data, ...shape } = found[name];
      assert.deepEqual(shape, { channels, ...size }, name);
      if (level === 'pixel') assert.ok(new Set(data).size > 100, `${name}: answers vary`);
      assert.ok(apart(data, wanted[name].data) < 1e-4, `${name}: ${apart(data, wanted[name].data)}`);
    }
  });
}

/** Largest difference, relative to the largest number where that is more than 1; NaN where one is NaN. */
function apart(found: Float32Array | Uint8Array, wanted: Float32Array | Uint8Array): number {
  const scale = Math.max(1, ...wanted.map(Math.abs));
  return Math.max(...found.map((value, i) => Math.abs(value - wanted[i]) / scale));
}
