import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricSpec } from '../tasks/task.js';
import { memoryStore, scripted, tinyData, tinyNetwork, tinySettings, trainTiny } from './tiny.test.fixture.js';
import type { TrainingEvent } from './trainer.js';

const told = (events: readonly TrainingEvent[]) => events.map(({ type, step }) => `${type} ${step}`).join(', ');

test('events come in order, and the last step is evaluated and saved whatever its number', async () => {
  assert.equal(
    told(await trainTiny({})),
    'start 0, step 1, step 2, evaluating 2, evaluating 2, evaluation 2, checkpoint 2, ' +
      'step 3, step 4, evaluating 4, evaluating 4, evaluation 4, checkpoint 4, done 4',
  );
  assert.equal(
    told(await trainTiny({ settings: { steps: 3, evaluateEvery: 5, checkpointEvery: 1 } })),
    'start 0, step 1, checkpoint 1, step 2, checkpoint 2, ' +
      'step 3, evaluating 3, evaluating 3, evaluation 3, checkpoint 3, done 3',
  );
});

test('events tell the numbers of their step', async () => {
  const events = await trainTiny({});
  const [start] = events;
  assert.ok(start.type === 'start');
  // A tower: 2 x 3 x 9 + 2 x 2 + 2 x 2 x 9; NDDR, two layers a task: 2 x 4 + 2 x 2; heads: (2 + 1) x 3 each.
  assert.equal(start.parameters, 2 * (54 + 4 + 36) + 2 * 2 * (8 + 4) + 2 * 9);
  const steps = events.flatMap((event) => (event.type === 'step' ? [event] : []));
  // Poly schedule 0.1 x (1 - t / 4)^0.9 at t = 0, 1, 2, 3, by python3: [0.1 * (1 - t / 4) ** 0.9 for t in range(4)]
  const rates = [0.1, 0.07718895067235705, 0.05358867312681466, 0.028717458874925873];
  for (const [i, { rate, losses, total }] of steps.entries()) {
    assert.ok(Math.abs(rate - rates[i]) < 1e-15, `rate ${rate} of step ${i + 1}`);
    assert.ok(Math.abs(total - (losses.seg + 2 * losses.normals)) < 1e-12);
  }
});

test('the same seed gives the same run to the bit, another seed another one', async () => {
  const finals = [];
  for (const seed of [7, 7, 8]) {
    const store = memoryStore();
    await trainTiny({ store, settings: { seed } });
    finals.push(store.saved[1]);
  }
  assert.deepEqual(finals[0], finals[1]);
  assert.notDeepEqual(finals[0].values, finals[2].values);
});

test('a run that is stopped at any step and resumed ends with the same bits and events', async () => {
  const store = memoryStore();
  const whole = await trainTiny({ store, settings: { steps: 5 } });
  for (let stop = 1; stop < 5; stop++) {
    const controller = new AbortController();
    const first = memoryStore();
    const before = await trainTiny(
      { store: first, signal: controller.signal, settings: { steps: 5 } },
      ({ type, step }) => {
        if (type === 'step' && step === stop) controller.abort();
      },
    );
    assert.equal(told(before.slice(-2)), `checkpoint ${stop}, stopped ${stop}`);
    const second = memoryStore();
    const after = await trainTiny({ store: second, resume: first.saved.at(-1), settings: { steps: 5 } });
    assert.deepEqual(second.saved.at(-1), store.saved.at(-1), `stopped after step ${stop}`);
    assert.deepEqual(second.bests.at(-1) ?? first.bests.at(-1), store.bests.at(-1));
    assert.deepEqual(numbersOf([...before, ...after]), numbersOf(whole));
  }
});

/** Losses and metrics, without times. */
const numbersOf = (events: readonly TrainingEvent[]) =>
  events.flatMap((event): unknown[] => {
    if (event.type === 'step') return [[event.step, event.losses, event.total, event.rate]];
    return event.type === 'evaluation' ? [[event.step, event.values, event.score, event.best]] : [];
  });

test('a stop during an evaluation puts it off, and the resumed run makes up for it first', async () => {
  const store = memoryStore();
  const controller = new AbortController();
  const before = await trainTiny({ store, signal: controller.signal }, ({ type }) => {
    if (type === 'evaluating') controller.abort();
  });
  assert.equal(told(before), 'start 0, step 1, step 2, evaluating 2, checkpoint 2, stopped 2');
  const after = await trainTiny({ resume: store.saved[0] });
  assert.match(told(after), /^start 2, evaluating 2, evaluating 2, evaluation 2, checkpoint 2, step 3, /);
  assert.deepEqual(numbersOf([...before, ...after]), numbersOf(await trainTiny({})));
});

test('a stop during the last evaluation lets it end', async () => {
  const controller = new AbortController();
  const events = await trainTiny({ signal: controller.signal }, ({ type, step }) => {
    if (type === 'evaluating' && step === 4) controller.abort();
  });
  assert.match(told(events), /evaluation 4, checkpoint 4, done 4$/);
});

const degrees: MetricSpec[] = [
  { name: 'rmseDegrees', unit: 'degrees', better: 'lower' },
  { name: 'meanDegrees', unit: 'degrees', better: 'lower', main: true },
];
const share: MetricSpec[] = [{ name: 'mIoU', unit: '%', better: 'higher', main: true }];

/** Trains five steps with an evaluation after each. @returns the scores, and the steps of the best weights */
async function judged(best: string, mIoU: readonly number[], meanDegrees: readonly number[]) {
  const tasks = [
    scripted(
      'seg',
      share,
      mIoU.map((value) => ({ mIoU: value })),
    ),
    scripted(
      'normals',
      degrees,
      meanDegrees.map((value, i) => ({ meanDegrees: value, rmseDegrees: 30 + i })),
    ),
  ];
  const store = memoryStore();
  const settings = { steps: mIoU.length, evaluateEvery: 1, best };
  const events = await trainTiny({ network: tinyNetwork(tasks), store, settings });
  const evaluations = events.flatMap((event) => (event.type === 'evaluation' ? [event] : []));
  const bests = store.bests.map(({ step }) => step);
  assert.deepEqual(
    bests,
    evaluations.flatMap((event) => (event.best ? [event.step] : [])),
  );
  return { scores: evaluations.map(({ score }) => Number(score.toFixed(6))), bests };
}

test('the best weights are those with the highest score against the first evaluation', async () => {
  // By hand: mIoU +100 %, +50 %, -50 %; degrees 40 -> 50 is -25 %, -> 20 is +50 %, -> 60 is -50 %; the mean of both.
  const { scores, bests } = await judged('score', [0.2, 0.4, 0.3, 0.1], [40, 50, 20, 60]);
  assert.deepEqual(scores, [0, 37.5, 50, -50]);
  assert.deepEqual(bests, [1, 2, 3]);
});

test('the best weights can be picked by one metric, the lower the better where it is an error', async () => {
  assert.deepEqual((await judged('normals.meanDegrees', [0.2, 0.4, 0.3, 0.5], [40, 50, 20, 60])).bests, [1, 3]);
  assert.deepEqual((await judged('seg.mIoU', [0.2, 0.4, 0.3, 0.4], [40, 50, 20, 60])).bests, [1, 2]);
  assert.deepEqual((await judged('normals.rmseDegrees', [0.2, 0.4], [40, 50])).bests, [1]);
});

test('a first evaluation of 0, or one without labels, is nothing to be relative to', async () => {
  const { scores, bests } = await judged('score', [0, 0.2, 0.3, 0.1], [40, 40, 40, 40]);
  assert.deepEqual(scores, [Number.NaN, 0, 25, -25]);
  assert.deepEqual(bests, [1, 2, 3]);
  const unlabelled = await judged('seg.mIoU', [Number.NaN, Number.NaN, 0.1, 0.05], [40, 40, 40, 40]);
  assert.deepEqual(unlabelled.bests, [1, 2, 3]);
});

test('an unknown metric is refused before the first step', async () => {
  const run = (best: string) => trainTiny({ settings: { best }, data: { ...tinyData(), next: () => assert.fail() } });
  await assert.rejects(run('seg.mIuo'), {
    name: 'NddrError',
    message: /^evaluate\.best: unknown "seg\.mIuo"; did you mean "seg\.mIoU"\? Known: score, seg\.mIoU, seg\.pixelAcc/,
  });
  for (const wrong of ['', 'seg', 'seg.', 'mIoU', 'Score']) await assert.rejects(run(wrong), /evaluate\.best: unknown/);
});

test('starting weights are taken over by name, and those of another size refused', async () => {
  const start = new Map([
    ['seg.fc.bias', new Float32Array([1, 2, 3])],
    ['elsewhere.weight', new Float32Array(9)],
  ]);
  const store = memoryStore();
  // At this rate nothing moves.
  await trainTiny({ store, start, settings: { rate: 1e-30, steps: 1 } });
  assert.deepEqual([...(store.saved[0].values.get('seg.fc.bias') ?? [])], [1, 2, 3]);
  await assert.rejects(trainTiny({ start: new Map([['seg.fc.bias', new Float32Array(4)]]) }), {
    name: 'NddrError',
    message: /seg\.fc\.bias has 4 values in the starting weights, the network wants 3/,
  });
});

test('a checkpoint that lacks something is not resumed', async () => {
  const store = memoryStore();
  await trainTiny({ store });
  const [saved] = store.saved;
  const without = (values: ReadonlyMap<string, Float32Array>, path: string) =>
    new Map([...values].filter(([key]) => key !== path));
  await assert.rejects(trainTiny({ resume: { ...saved, values: without(saved.values, 'nddr1.seg.mean') } }), {
    name: 'NddrError',
    message: /the checkpoint lacks nddr1\.seg\.mean: it belongs to another network/,
  });
  const optimizer = without(saved.optimizer, 'momentum.seg.conv1.weight');
  await assert.rejects(trainTiny({ resume: { ...saved, optimizer } }), /lacks momentum\.seg\.conv1\.weight/);
});

test('a failing store ends the training with its error', async () => {
  const store = { ...memoryStore(), save: () => Promise.reject(new Error('no space')) };
  const events: string[] = [];
  await assert.rejects(
    trainTiny({ store, settings: { steps: tinySettings.steps } }, ({ type }) => events.push(type)),
    /no space/,
  );
  assert.equal(events.at(-1), 'evaluation');
});
