import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricSpec } from '../tasks/task.js';
import type { TrainingEvent } from './events.js';
import { memoryStore, scripted, startOf, tinyData, tinyNetwork, tinySettings, trainTiny } from './tiny.test.fixture.js';

const summaryOf = (events: readonly TrainingEvent[]) => events.map(({ type, step }) => `${type} ${step}`).join(', ');

test('events come in order, and the last step is evaluated and saved whatever its number', async () => {
  assert.equal(
    summaryOf(await trainTiny({})),
    'start 0, step 1, step 2, checkpoint 2, evaluating 2, evaluating 2, evaluation 2, checkpoint 2, ' +
      'step 3, step 4, checkpoint 4, evaluating 4, evaluating 4, evaluation 4, checkpoint 4, done 4',
  );
  assert.equal(
    summaryOf(await trainTiny({ settings: { steps: 3, evaluateEvery: 5, checkpointEvery: 1 } })),
    'start 0, step 1, checkpoint 1, step 2, checkpoint 2, ' +
      'step 3, checkpoint 3, evaluating 3, evaluating 3, evaluation 3, checkpoint 3, done 3',
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
    finals.push(store.saved.at(-1));
  }
  assert.deepEqual(finals[0], finals[1]);
  assert.notDeepEqual(finals[0]?.values, finals[2]?.values);
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
    assert.equal(summaryOf(before.slice(-2)), `checkpoint ${stop}, stopped ${stop}`);
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
  assert.equal(summaryOf(before), 'start 0, step 1, step 2, checkpoint 2, evaluating 2, stopped 2');
  const after = await trainTiny({ resume: store.saved[0] });
  assert.match(summaryOf(after), /^start 2, evaluating 2, evaluating 2, evaluation 2, checkpoint 2, step 3, /);
  assert.deepEqual(numbersOf([...before, ...after]), numbersOf(await trainTiny({})));
});

test('a stop during the last evaluation lets it end', async () => {
  const controller = new AbortController();
  const events = await trainTiny({ signal: controller.signal }, ({ type, step }) => {
    if (type === 'evaluating' && step === 4) controller.abort();
  });
  assert.match(summaryOf(events), /evaluation 4, checkpoint 4, done 4$/);
});

const degrees: MetricSpec[] = [
  { name: 'rmseDegrees', unit: 'degrees', better: 'lower' },
  { name: 'meanDegrees', unit: 'degrees', better: 'lower', main: true, scaled: (degrees) => 1 - degrees / 180 },
];
const share: MetricSpec[] = [{ name: 'mIoU', unit: '%', better: 'higher', main: true }];

/** Trains five steps with an evaluation after each. @returns the scores, and the steps of the best weights */
async function judged(
  best: string,
  mIoU: readonly number[],
  meanDegrees: readonly number[],
  single?: Record<string, number>,
) {
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
  const settings = { steps: mIoU.length, evaluateEvery: 1, best, single };
  const events = await trainTiny({ network: tinyNetwork(tasks), store, settings });
  const evaluations = events.flatMap((event) => (event.type === 'evaluation' ? [event] : []));
  const bests = store.bests.map(({ step }) => step);
  assert.deepEqual(
    bests,
    evaluations.flatMap((event) => (event.best ? [event.step] : [])),
  );
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  return { scores: evaluations.map(({ score }) => Number(score.toFixed(6))), bests, warnings };
}

test('the best weights are those with the highest mean of the main metrics on their scales', async () => {
  // By hand: (mIoU + 1 - degrees / 180) / 2 of 36, 90, 18 and 54 degrees.
  const { scores, bests } = await judged('score', [0.2, 0.5, 0.3, 0.1], [36, 90, 18, 54]);
  assert.deepEqual(scores, [0.5, 0.5, 0.6, 0.4]);
  assert.deepEqual(bests, [1, 3]);
});

test('where single-task values are given the score is delta_m against them', async () => {
  // By hand: mIoU -50 %, 0 %; degrees +50 %, 0 %, -100 %.
  const { scores, bests } = await judged('score', [0.2, 0.4, 0.4], [20, 40, 80], { seg: 0.4, normals: 40 });
  assert.deepEqual(scores, [0, 0, -50]);
  assert.deepEqual(bests, [1]);
});

test('the best weights can be picked by one metric, the lower the better where it is an error', async () => {
  assert.deepEqual((await judged('normals.meanDegrees', [0.2, 0.4, 0.3, 0.5], [40, 50, 20, 60])).bests, [1, 3]);
  assert.deepEqual((await judged('seg.mIoU', [0.2, 0.4, 0.3, 0.4], [40, 50, 20, 60])).bests, [1, 2]);
  assert.deepEqual((await judged('normals.rmseDegrees', [0.2, 0.4], [40, 50])).bests, [1]);
});

test('a task without a label is left out of the score and named once; a NaN score is never the best', async () => {
  const none = Number.NaN;
  const { scores, bests, warnings } = await judged('score', [none, none], [90, 45]);
  assert.deepEqual(scores, [0.5, 0.75]);
  assert.deepEqual(bests, [1, 2]);
  assert.deepEqual(warnings, ['What is judged has no label of "seg": it has no part in the score.']);
  const unlabelled = await judged('seg.mIoU', [none, none, 0.1, 0.05], [40, 40, 40, 40]);
  assert.deepEqual(unlabelled.bests, [3]);
  assert.deepEqual((await judged('score', [none, 0.2], [none, none])).bests, [2]);
});

test('an unknown metric is refused before the first step', async () => {
  const run = (best: string) => trainTiny({ settings: { best }, data: { ...tinyData(), next: () => assert.fail() } });
  await assert.rejects(run('seg.mIuo'), {
    name: 'NddrError',
    message: /^evaluate\.best: unknown "seg\.mIuo"; did you mean "seg\.mIoU"\? Known: score, seg\.mIoU, seg\.pixelAcc/,
  });
  for (const wrong of ['', 'seg', 'seg.', 'mIoU', 'Score']) await assert.rejects(run(wrong), /evaluate\.best: unknown/);
});

test('starting weights are copied by name; every other name is reported, and changes nothing', async () => {
  const settings = { rate: 0, steps: 1 };
  const plain = memoryStore();
  await trainTiny({ store: plain, settings });
  const start = startOf(
    new Map([
      ['seg.fc.bias', new Float32Array([1, 2, 3])],
      ['elsewhere.weight', new Float32Array(9).fill(5)],
      ['seg.fc.bais', new Float32Array(3).fill(5)],
    ]),
  );
  const store = memoryStore();
  const events = await trainTiny({ store, start, settings });
  const reported = events.find((event) => event.type === 'warm-start');
  assert.ok(reported?.type === 'warm-start');
  const { from, taken, fresh, unused } = reported;
  assert.deepEqual([from, taken, unused], ['the file', ['seg.fc.bias'], ['elsewhere.weight', 'seg.fc.bais']]);
  assert.deepEqual([...taken, ...fresh].sort(), [...store.saved[0].values.keys()].sort());
  assert.deepEqual([...(store.saved[0].values.get('seg.fc.bias') ?? [])], [1, 2, 3]);
  // All others have the first values of a training without starting weights. (Running statistics depend on them.)
  const trained = fresh.filter((path) => !/\.(mean|var)$/.test(path));
  assert.ok(trained.length > 10);
  for (const path of trained) assert.deepEqual(store.saved[0].values.get(path), plain.saved[0].values.get(path), path);
});

test('starting weights of other shapes are refused all at once, also where they have as many numbers', async () => {
  const start = startOf(
    new Map([
      ['seg.fc.bias', new Float32Array(4)],
      ['seg.conv1.weight', new Float32Array(54)],
    ]),
    { 'seg.conv1.weight': [3, 2, 3, 3], 'seg.fc.bias': [4] },
  );
  await assert.rejects(trainTiny({ start }), (error: Error) => {
    assert.equal(error.name, 'NddrError');
    assert.match(error.message, /the file does not fit:/);
    assert.match(error.message, /seg\.conv1\.weight is F32 \[3, 2, 3, 3\] there, the network wants F32 \[2, 3, 3, 3\]/);
    assert.match(error.message, /seg\.fc\.bias is F32 \[4\] there, the network wants F32 \[3\]/);
    return true;
  });
});

test('starting weights of which nothing fits are refused, with names of both sides', async () => {
  const start = startOf(new Map([['other.conv1.weight', new Float32Array(54)]]));
  await assert.rejects(trainTiny({ start }), {
    name: 'NddrError',
    message:
      /Nothing of the file has a name that the network has\. There: other\.conv1\.weight\. In the network: seg\./,
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
  assert.equal(events.at(-1), 'step');
});

test('an evaluation that fails loses no step', async () => {
  const store = memoryStore();
  const data = tinyData();
  // biome-ignore lint/correctness/useYield: it fails at once
  const evaluation = async function* () {
    throw new Error('a label is damaged');
  };
  await assert.rejects(trainTiny({ store, data: { ...data, evaluation } }), /a label is damaged/);
  assert.deepEqual(
    store.saved.map(({ step, progress }) => [step, progress.pending]),
    [[2, true]],
  );
  const after = await trainTiny({ resume: store.saved[0] });
  assert.match(summaryOf(after), /^start 2, evaluating 2, evaluating 2, evaluation 2, checkpoint 2, step 3, /);
});

test('without evaluations the last weights are kept as the best', async () => {
  const store = memoryStore();
  const events = await trainTiny({ store, settings: { evaluateEvery: 0 } });
  assert.equal(summaryOf(events), 'start 0, step 1, step 2, checkpoint 2, step 3, step 4, checkpoint 4, done 4');
  assert.deepEqual(
    store.bests.map(({ step }) => step),
    [4],
  );
  assert.deepEqual(store.bests[0].values, store.saved.at(-1)?.values);
});

test('training ends once patience is over, and counts on where it is resumed', async () => {
  // Better, worse, worse, better, worse, worse: patience of 3 would not end it, that of 2 does after the third.
  const script = [0.2, 0.1, 0.1, 0.3, 0.2, 0.2];
  const run = async (patience: number) => {
    const task = scripted(
      'seg',
      share,
      script.map((mIoU) => ({ mIoU })),
    );
    const settings = { steps: script.length, evaluateEvery: 1, patience, best: 'seg.mIoU' };
    const store = memoryStore();
    const data = tinyData();
    return { store, events: await trainTiny({ network: tinyNetwork([task]), store, data, settings }) };
  };
  const { events, store } = await run(2);
  assert.deepEqual(events.at(-1), { type: 'done', step: 3, early: true });
  assert.deepEqual(store.saved.at(-1)?.progress.since, 2);
  assert.deepEqual((await run(3)).events.at(-1), { type: 'done', step: 6 });
});

test('a best that was found by another score is given up with a word, and sought anew', async () => {
  const store = memoryStore();
  await trainTiny({ store });
  const [, resume] = store.saved;
  assert.ok(resume.progress.best);
  const second = memoryStore();
  const events = await trainTiny({ store: second, resume, settings: { best: 'seg.mIoU' } });
  const warning = events.find(({ type }) => type === 'warning');
  assert.match(
    warning?.type === 'warning' ? warning.message : '',
    /best weights so far, of step 2, were found by another/,
  );
  assert.equal(second.bests[0].step, 4);
});

test('a finished training goes on, optimizer and all, over more steps', async () => {
  const [short, long] = [memoryStore(), memoryStore()];
  const constant = { schedule: { kind: 'constant' as const, warmup: 0 }, evaluateEvery: 0 };
  await trainTiny({ store: short, settings: { ...constant, steps: 2 } });
  const resume = short.saved.at(-1);
  const further = memoryStore();
  await trainTiny({ store: further, resume, settings: { ...constant, steps: 5 } });
  await trainTiny({ store: long, settings: { ...constant, steps: 5 } });
  assert.deepEqual(further.saved.at(-1), long.saved.at(-1));
});

test('the loss of a task without a label is NaN in events, and after an epoch there is a warning', async () => {
  const data = tinyData(0, ({ labels }) => labels.normals.fill(0));
  const events = await trainTiny({ data: { ...data, samples: 4 }, settings: { steps: 3, evaluateEvery: 0 } });
  const steps = events.flatMap((event) => (event.type === 'step' ? [event] : []));
  for (const { losses, total } of steps) {
    assert.ok(Number.isNaN(losses.normals) && losses.seg > 0);
    assert.ok(Math.abs(total - losses.seg) < 1e-12);
  }
  // Two steps of two samples are an epoch of four.
  assert.deepEqual(
    events.filter(({ type }) => type === 'warning'),
    [{ type: 'warning', step: 2, message: 'In a whole epoch no sample had a label of "normals": it learns nothing.' }],
  );
});
