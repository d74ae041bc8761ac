/**
 * The first update of every way to train, worked by hand.
 *
 * The image is one pixel, (1, 0, 0). The shared layer has two channels, whose features are the weights of its first
 * input channel: f = (a, b), both 1 at first. Two regressions with squared errors read them through fixed heads:
 *   L1 = (a - 0.5)^2           = 0.25, gradient by (a, b): g1 = 2 * 0.5 * (1, 0)  = (1, 0)
 *   L2 = (-a + b + 0.5)^2      = 0.25, gradient by (a, b): g2 = 2 * 0.5 * (-1, 1) = (-1, 1)
 * Their sum is (0, 1). Gradients by the heads' weights are 2 * 0.5 * f = (1, 1) each.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backbone } from '../backbones/backbone.js';
import type { Runtime } from '../engine/index.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { createFusion } from '../fusion/index.js';
import { conv } from '../nn/layers.js';
import { Random } from '../random.js';
import { createTask } from '../tasks/index.js';
import { simulatedDevice } from './device/simulated.test.fixture.js';
import type { TrainingEvent } from './events.js';
import { optimizerSchema } from './optimizers/index.js';
import type { TrainingSettings } from './options.js';
import { scheduleSchema } from './schedule.js';
import { memoryStore, tinySettings } from './tiny.test.fixture.js';
import { train } from './trainer.js';
import { weightingSchema } from './weighting/index.js';

const RATE = 0.1;
const SEED = 7;

const head: Backbone['head'] = (scope, features, channels) =>
  conv(scope.child('fc').inGroup('head'), features, { channels, kernel: 1 });
const backbone: Backbone = {
  name: 'linear',
  stages: [
    {
      name: 'conv',
      channels: 2,
      stride: 1,
      build: (scope, x) => conv(scope.child('conv'), x, { channels: 2, kernel: 1 }),
    },
  ],
  head,
  imageHead: head,
};

const tensor = (shape: number[], ...data: number[]) => ({
  dtype: 'F32' as const,
  shape,
  data: Float32Array.from(data),
});

/** A test with weights on the host, and one with weights on a device, which must leave nothing there. */
function everywhere(title: string, body: (runtime: Runtime) => Promise<void>): void {
  test(`${title}, with weights on the host`, () => body(nodeRuntime({ threads: 1 })));
  test(`${title}, with weights on a device`, async () => {
    const device = simulatedDevice();
    await body(device);
    assert.equal(device.live.size, 0, 'tensors that were not disposed');
  });
}

/** Trains from the weights above, always on the same image. */
async function trainToy(settings: Partial<TrainingSettings>, runtime: Runtime) {
  const store = memoryStore();
  const steps: Extract<TrainingEvent, { type: 'step' }>[] = [];
  const options = {
    network: {
      backbone,
      fusion: createFusion({ kind: 'shared' }),
      tasks: ['one', 'two'].map((name) => createTask(name, { kind: 'regression', loss: 'l2' })),
      normalisation: { mean: [0, 0, 0], deviation: [1, 1, 1] } as const,
    },
    data: {
      waitedMillis: 0,
      next: async () => ({
        images: Float32Array.of(1, 0, 0),
        labels: { one: Float32Array.of(0.5), two: Float32Array.of(-0.5) },
      }),
      async *evaluation() {},
    },
    runtime,
    store,
    start: {
      from: 'the test',
      tensors: new Map([
        ['shared.conv.weight', tensor([2, 3, 1, 1], 1, 0, 0, 1, 0, 0)],
        ['one.fc.weight', tensor([1, 2, 1, 1], 1, 0)],
        ['two.fc.weight', tensor([1, 2, 1, 1], -1, 1)],
      ]),
    },
    settings: {
      ...tinySettings,
      ...{ steps: 1, batch: 1, height: 1, width: 1, rate: RATE, seed: SEED, lossWeights: {} },
      ...{ rates: { fusion: 1, headWeight: 0, headBias: 0 }, evaluateEvery: 0, checkpointEvery: 1 },
      schedule: scheduleSchema.parse({ kind: 'constant' }),
      optimizer: optimizerSchema.parse({ kind: 'sgd', momentum: 0, decay: 0 }),
      ...settings,
    },
  };
  for await (const event of train(options)) if (event.type === 'step') steps.push(event);
  const [saved] = store.saved;
  const [a, , , b] = saved.values.get('shared.conv.weight') as Float32Array;
  return { a, b, saved, steps };
}

function near(found: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(found.length, expected.length, what);
  for (const [i, x] of found.entries())
    assert.ok(Math.abs(x - expected[i]) < 1e-5, `${what}: ${found}, not ${expected}`);
}

interface Expected {
  readonly settings?: object;
  readonly lossWeights?: Record<string, number>;
  /** Factors of the losses, as events report them. */
  readonly weights: readonly [number, number];
  /** The gradient by (a, b) that the optimizer gets. */
  readonly gradient: readonly [number, number];
}

const WEIGHTINGS: Readonly<Record<string, Expected>> = {
  // g1 + 2 g2
  fixed: { lossWeights: { two: 2 }, weights: [1, 2], gradient: [-1, 2] },
  // Both are regressions with log sigma^2 = 0: 1/2 g1 + 1/2 g2.
  uncertainty: { weights: [0.5, 0.5], gradient: [0, 0.5] },
  // Weights are 1 during the first two windows.
  dwa: { weights: [1, 1], gradient: [0, 1] },
  random: (() => {
    const stream = new Random(SEED).fork('weighting').fork(0);
    const powers = [Math.exp(stream.normal()), Math.exp(stream.normal())];
    const [w1, w2] = powers.map((power) => (2 * power) / (powers[0] + powers[1]));
    return { weights: [w1, w2] as const, gradient: [w1 - w2, w2] as const };
  })(),
  // Weights are 1 in the first update.
  gradnorm: { weights: [1, 1], gradient: [0, 1] },
  // g1 . g2 = -1: g1 + g2 / 2 and g2 + g1, together 2 g1 + 1.5 g2.
  pcgrad: { weights: [2, 1.5], gradient: [0.5, 1.5] },
  // g_w = (2 w - 1, 1 - w) for weights (w, 1 - w), |g_w|^2 = ((5 w - 3)^2 + 1) / 5. With g_0 = (0, 0.5) and c^2 = 0.4,
  // F = (1 - w) / 2 + c |g_w| / 2 is least where c (5 w - 3) = |g_w|: w = 0.8, g_w = (0.6, 0.2), |g_w| = c.
  // d = g_0 + c |g_0| g_w / |g_w| = (0, 0.5) + (0.3, 0.1), twice.
  cagrad: { settings: { c: Math.sqrt(0.4) }, weights: [1.8, 1.2], gradient: [0.6, 1.2] },
  // |g_w| is least at w = 0.6: (0.2, 0.4), twice.
  mgda: { weights: [1.2, 0.8], gradient: [0.4, 0.8] },
};

for (const { shape } of weightingSchema.options) {
  const kind = shape.kind.value;
  everywhere(`the first update with the weighting ${kind} is the one worked by hand`, async (runtime) => {
    const { settings, lossWeights = {}, weights, gradient } = WEIGHTINGS[kind];
    const weighting = weightingSchema.parse({ kind, ...settings });
    const { a, b, steps } = await trainToy({ weighting, lossWeights }, runtime);
    const [{ losses, weights: found, total }] = steps;
    near([losses.one, losses.two], [0.25, 0.25], 'losses');
    near([found.one, found.two], weights, 'weights');
    near([total], [0.25 * (weights[0] + weights[1])], 'total');
    near([a, b], [1 - RATE * gradient[0], 1 - RATE * gradient[1]], 'weights of the shared layer');
  });
}

everywhere('uncertainty updates the variances with the network', async (runtime) => {
  const { saved } = await trainToy({ weighting: weightingSchema.parse({ kind: 'uncertainty' }) }, runtime);
  // d/ds (1/2 exp(-s) L + s / 2) = -1/2 * 0.25 + 1/2 = 0.375 at s = 0.
  for (const task of ['one', 'two'])
    near([...(saved.values.get(`weighting.${task}.logVariance`) ?? [])], [-RATE * 0.375], task);
});

everywhere('GradNorm feeds the weights that it learned from the first update to the second', async (runtime) => {
  const weighting = weightingSchema.parse({ kind: 'gradnorm', rate: 0.1 });
  const { steps } = await trainToy({ steps: 2, weighting }, runtime);
  // Norms 1 and sqrt 2, mean 1.207, both losses at their first values: the first weight rises by 0.1 * 1, the second
  // falls by 0.1 * sqrt 2; then both are scaled to the sum 2.
  const [one, two] = [1 + 0.1, 1 - 0.1 * Math.SQRT2];
  const { weights } = steps[1];
  near([weights.one, weights.two], [(2 * one) / (one + two), (2 * two) / (one + two)], 'weights');
});

/** a and b after one update with the gradient (0, 1). */
const METHODS: Readonly<Record<string, { settings: Partial<TrainingSettings>; weights: readonly [number, number] }>> = {
  'sgd with decay': {
    // The gradient is (0, 1) + 0.5 (1, 1).
    settings: { optimizer: optimizerSchema.parse({ kind: 'sgd', momentum: 0, decay: 0.5 }) },
    weights: [1 - RATE * 0.5, 1 - RATE * 1.5],
  },
  'sgd with Nesterov momentum': {
    // g + momentum v with v = g.
    settings: { optimizer: optimizerSchema.parse({ kind: 'sgd', momentum: 0.9, nesterov: true, decay: 0 }) },
    weights: [1, 1 - RATE * 1.9],
  },
  adam: {
    // The first step is the rate times the sign of the gradient.
    settings: { optimizer: optimizerSchema.parse({ kind: 'adam', decay: 0 }) },
    weights: [1, 1 - RATE],
  },
  adamw: {
    settings: { optimizer: optimizerSchema.parse({ kind: 'adamw', decay: 0.5 }) },
    weights: [1 - RATE * 0.5, 1 - RATE * 0.5 - RATE],
  },
  // The norm of all gradients, those of the heads included, is sqrt(1 + 2 + 2): a clip of half of it halves them.
  clip: { settings: { clip: Math.sqrt(5) / 2 }, weights: [1, 1 - RATE / 2] },
  // The first of 3 steps of the warm-up has 1/4 of the rate.
  'warm-up': {
    settings: { steps: 9, schedule: scheduleSchema.parse({ kind: 'poly', warmup: 3 }) },
    weights: [1, 1 - RATE / 4],
  },
  // Two equal batches have the mean loss of one.
  accumulate: { settings: { accumulate: 2 }, weights: [1, 1 - RATE] },
};

for (const [name, { settings, weights }] of Object.entries(METHODS))
  everywhere(`the first update is the one worked by hand: ${name}`, async (runtime) => {
    const { a, b } = await trainToy(settings, runtime);
    near([a, b], weights, 'weights of the shared layer');
  });

everywhere('the average of the weights starts with a small decay', async (runtime) => {
  const { saved } = await trainToy({ average: 0.9 }, runtime);
  // The decay of the first update is (1 + 1) / (10 + 1): 2/11 * 1 + 9/11 * 0.9.
  near([saved.optimizer.get('average.shared.conv.weight')?.[3] ?? Number.NaN], [2 / 11 + (9 / 11) * 0.9], 'average');
});
