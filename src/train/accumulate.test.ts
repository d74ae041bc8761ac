import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backbone } from '../backbones/backbone.js';
import { relu } from '../engine/index.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { createFusion, type FusionConfig } from '../fusion/index.js';
import type { NetworkOptions } from '../network.js';
import { conv } from '../nn/layers.js';
import { initialValues } from '../nn/scope.js';
import { Random } from '../random.js';
import { createTask } from '../tasks/index.js';
import { accumulate } from './accumulate.js';
import type { StepFeeds } from './feeds.js';
import { CompiledStep, type StepResult } from './step.js';
import { buildStep } from './step-graph.js';
import { createWeighting, weightingSchema } from './weighting/index.js';

const [SAMPLES, SIZE] = [8, 6];
const PLANE = SIZE * SIZE;

/** Nothing in it sees a batch as a whole. */
const backbone: Backbone = {
  name: 'plain',
  stages: ['conv1', 'conv2'].map((name) => ({
    ...{ name, channels: 4, stride: 1 },
    build: (scope, x) => relu(conv(scope.child(name), x, { channels: 4, bias: true })),
  })),
  head: (scope, features, channels) =>
    conv(scope.child('fc').inGroup('head'), features, { channels, kernel: 1, bias: true }),
};

const tasks = [
  createTask('seg', { kind: 'segmentation', classes: ['a', 'b', 'c'], classWeights: [0.2, 1, 7] }),
  createTask('normals', { kind: 'normals' }),
];

type Fusion = FusionConfig['kind'];

const networkOf = (kind: Fusion): NetworkOptions => ({
  ...{ backbone, tasks, fusion: createFusion({ kind }) },
  normalisation: { mean: [128, 128, 128], deviation: [64, 64, 64] },
});

/** Eight samples; of classes more in some than in others, of normals none in the first five and few in the others. */
const random = new Random('accumulate');
const image = Float32Array.from({ length: SAMPLES * 3 * PLANE }, () => random.integer(256));
const seg = Float32Array.from({ length: SAMPLES * PLANE }, (_, i) =>
  random.integer(8) > Math.floor(i / PLANE) ? random.integer(3) : 255,
);
const normals = new Float32Array(SAMPLES * 3 * PLANE);
for (let sample = 5; sample < SAMPLES; sample++)
  for (let at = 0; at < PLANE; at += sample - 3) normals[(3 * sample + 2) * PLANE + at] = 1;

const part = (array: Float32Array, i: number, of: number) =>
  array.slice((i * array.length) / of, ((i + 1) * array.length) / of);

/** One update from all samples, in so many batches. */
async function update(kind: Fusion, weighting: string, batches: number, unlabelled = false): Promise<StepResult> {
  const made = createWeighting(weightingSchema.parse({ kind: weighting }), tasks);
  const graph = buildStep({
    ...{ network: networkOf(kind), batch: SAMPLES / batches, height: SIZE, width: SIZE },
    ...{ lossWeights: { normals: 2 }, weighting: made, accumulate: batches },
  });
  const values = initialValues(graph.variables.values(), new Random(1));
  const step = await CompiledStep.open(graph, nodeRuntime({ threads: 1 }), values);
  const truth = unlabelled ? new Float32Array(normals.length) : normals;
  const feedsOf = (i: number): StepFeeds => ({
    image: part(image, i, batches),
    labels: { seg: part(seg, i, batches), normals: part(truth, i, batches) },
    masks: {},
    weights: { seg: 0.5, normals: 1.5 },
  });
  try {
    return await accumulate(step, batches, feedsOf, async () => {});
  } finally {
    await step.close();
  }
}

const near = (a: number, b: number, what: string) =>
  assert.ok(Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(b)), `${what}: ${a}, expected ${b}`);

const arraysOf = ({ gradients, taskGradients }: StepResult): Map<string, Float32Array> =>
  new Map([
    ...gradients,
    ...[...taskGradients].flatMap(([task, some]) =>
      [...some].map(([path, array]) => [`${task}: ${path}`, array] as const),
    ),
  ]);

for (const [kind, weighting] of [
  ['shared', 'fixed'],
  ['shared', 'uncertainty'],
  ['shared', 'pcgrad'],
  ['shared', 'gradnorm'],
  ['sluice', 'fixed'], // whose penalty is no sum over samples
  ['sluice', 'mgda'],
] as const) {
  test(`an update from several batches is that from one batch of all their samples: ${kind}, ${weighting}`, async () => {
    for (const unlabelled of [false, true]) {
      const whole = await update(kind, weighting, 1, unlabelled);
      const expected = arraysOf(whole);
      for (const batches of [2, 4, 8]) {
        const found = await update(kind, weighting, batches, unlabelled);
        for (const task of ['seg', 'normals']) {
          near(found.losses[task], whole.losses[task], `${batches} batches, loss of ${task}`);
          near(found.counts[task], whole.counts[task], `${batches} batches, count of ${task}`);
        }
        const arrays = arraysOf(found);
        assert.deepEqual([...arrays.keys()].sort(), [...expected.keys()].sort());
        for (const [path, array] of arrays)
          for (const [i, x] of array.entries()) near(x, expected.get(path)?.[i] ?? Number.NaN, `${batches}, ${path}`);
      }
    }
  });
}

test('what is counted are labelled pixels, or the weights of their classes; 0 where there are none', async () => {
  const labelled = [...seg].filter((label) => label < 3);
  const weights = labelled.reduce((sum, label) => sum + [0.2, 1, 7][label], 0);
  const directions = [0, 1, 2].reduce((sum, i) => sum + Math.ceil(PLANE / (i + 2)), 0);
  for (const batches of [1, 4]) {
    const { counts } = await update('shared', 'fixed', batches);
    near(counts.seg, weights, 'seg');
    assert.equal(counts.normals, directions);
    const none = await update('shared', 'fixed', batches, true);
    assert.deepEqual([none.counts.normals, none.losses.normals], [0, 0]);
  }
});
