/**
 * Every way to train resumes with the same bits, and reports the weights of its losses. (Their updates:
 * update.test.ts.)
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrainingEvent } from './events.js';
import { optimizerSchema } from './optimizers/index.js';
import type { TrainingSettings } from './options.js';
import { scheduleSchema } from './schedule.js';
import { memoryStore, tinyData, tinyNetwork, trainTiny } from './tiny.test.fixture.js';
import { weightingSchema } from './weighting/index.js';

const STEPS = 10;

/** Settings that each try one method. */
const METHODS: Readonly<Record<string, Partial<TrainingSettings>>> = Object.fromEntries([
  ...weightingSchema.options.map(({ shape }) => {
    const kind = shape.kind.value;
    return [`weighting ${kind}`, { weighting: weightingSchema.parse({ kind, ...(kind === 'dwa' && { window: 2 }) }) }];
  }),
  ...optimizerSchema.options.map(({ shape }) => {
    const kind = shape.kind.value;
    return [`optimizer ${kind}`, { optimizer: optimizerSchema.parse({ kind }), ...(kind !== 'sgd' && { rate: 0.03 }) }];
  }),
  ['nesterov', { optimizer: optimizerSchema.parse({ kind: 'sgd', nesterov: true }) }],
  ...scheduleSchema.options.map(({ shape }) => {
    const kind = shape.kind.value;
    const schedule = scheduleSchema.parse({ kind, warmup: 2, ...(kind === 'step' && { every: 4 }) });
    return [`schedule ${kind}`, { schedule }];
  }),
  ['clip', { clip: 0.5 }],
  ['accumulate', { accumulate: 2 }],
  ['average', { average: 0.9 }],
  [
    'several at once',
    {
      ...{ accumulate: 2, average: 0.9, clip: 1, rate: 0.03, weighting: weightingSchema.parse({ kind: 'gradnorm' }) },
      optimizer: optimizerSchema.parse({ kind: 'adamw' }),
    },
  ],
]);

const stepsOf = (events: readonly TrainingEvent[]) => events.flatMap((event) => (event.type === 'step' ? [event] : []));

/** Everything but times. */
const numbersOf = (events: readonly TrainingEvent[]) =>
  events.flatMap((event): unknown[] => {
    if (event.type === 'step') return [[event.step, event.losses, event.weights, event.total, event.rate]];
    return event.type === 'evaluation' ? [[event.step, event.values]] : [];
  });

for (const kind of ['nddr', 'shared']) {
  for (const [name, method] of Object.entries(METHODS)) {
    const network = () => tinyNetwork(undefined, { kind });
    const settings = { ...method, steps: STEPS, evaluateEvery: 4, checkpointEvery: STEPS };

    test(`a run that is stopped and resumed ends with the same bits: ${name}, ${kind}`, async () => {
      const store = memoryStore();
      const whole = await trainTiny({ network: network(), store, settings });
      const controller = new AbortController();
      const first = memoryStore();
      const before = await trainTiny(
        { network: network(), store: first, signal: controller.signal, settings },
        ({ type, step }) => {
          if (type === 'step' && step === 5) controller.abort();
        },
      );
      const second = memoryStore();
      const resume = first.saved.at(-1);
      const data = tinyData(5 * (method.accumulate ?? 1));
      const after = await trainTiny({ network: network(), store: second, resume, data, settings });
      assert.deepEqual(second.saved.at(-1), store.saved.at(-1));
      assert.deepEqual(numbersOf([...before, ...after]), numbersOf(whole));
    });
  }
}

test('events report the weight of each loss', async () => {
  const weights = async (kind: string, fusion = 'nddr') => {
    const settings = { steps: STEPS, weighting: weightingSchema.parse({ kind }), rate: 1e-30 };
    return stepsOf(await trainTiny({ network: tinyNetwork(undefined, { kind: fusion }), settings }));
  };
  for (const { weights: found, losses, total } of await weights('fixed')) {
    assert.deepEqual(found, { seg: 1, normals: 2 });
    assert.ok(Math.abs(total - losses.seg - 2 * losses.normals) < 1e-12);
  }
  // Half of a regression's, and the fixed factor.
  for (const { weights: found } of await weights('uncertainty')) assert.deepEqual(found, { seg: 1, normals: 1 });
  for (const { weights: found, losses, total } of await weights('random')) {
    assert.ok(Math.abs(found.seg + found.normals / 2 - 2) < 1e-12 && found.seg !== 1);
    assert.ok(Math.abs(total - found.seg * losses.seg - found.normals * losses.normals) < 1e-12);
  }
  for (const { weights: found } of await weights('mgda'))
    assert.ok(found.seg >= 0 && found.normals >= 0 && Math.abs(found.seg + found.normals / 2 - 2) < 1e-9);
  // Where the tasks share nothing there are no gradients to combine and no norms to observe.
  for (const kind of ['pcgrad', 'cagrad', 'mgda', 'gradnorm'])
    for (const { weights: found } of await weights(kind, 'single'))
      assert.deepEqual(found, { seg: 1, normals: 2 }, kind);
});

test('the average of the weights is what is evaluated and kept as the best', async () => {
  const store = memoryStore();
  const settings = { steps: 4, average: 0.2, checkpointEvery: 1, evaluateEvery: 4 };
  const events = await trainTiny({ store, settings });
  const path = 'seg.conv1.weight';
  const all = store.saved.map(({ values, optimizer }) => ({
    weight: values.get(path) as Float32Array,
    average: optimizer.get(`average.${path}`) as Float32Array,
    mean: values.get('seg.conv1.mean') as Float32Array,
    averageMean: optimizer.get('average.seg.conv1.mean') as Float32Array,
  }));
  for (let n = 2; n <= 4; n++) {
    const [before, now] = [all[n - 2], all[n - 1]];
    const decay = Math.min(0.2, (1 + n) / (10 + n));
    for (const [i, weight] of now.weight.entries())
      assert.ok(Math.abs(now.average[i] - (decay * before.average[i] + (1 - decay) * weight)) < 1e-7);
    for (const [i, mean] of now.mean.entries())
      assert.ok(Math.abs(now.averageMean[i] - (decay * before.averageMean[i] + (1 - decay) * mean)) < 1e-4);
  }
  assert.deepEqual(store.bests[0].values.get(path), all[3].average);
  assert.notDeepEqual(store.bests[0].values.get(path), all[3].weight);
  const plain = await trainTiny({ settings: { ...settings, average: null } });
  const valuesOf = (list: readonly TrainingEvent[]) =>
    list.flatMap((event) => (event.type === 'evaluation' ? [event.values] : []));
  assert.notDeepEqual(valuesOf(events), valuesOf(plain));
});
