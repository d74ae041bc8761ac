/** What chooses, what is reported, and runs that are taken further. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeGreyPng, encodePng } from '../data/image.js';
import { openDataset } from '../data/index.js';
import { openEvaluation, openLoader } from '../data/loader.js';
import { normalisationOf } from './complete.js';
import { parseConfig } from './config.js';
import { judgeRun } from './judge.js';
import { openRun } from './open-run.js';
import { type RunEvent, type RunOptions, run } from './run.js';
import { completeConfig } from './setup.js';
import { HELD_OUT, reading, splitNotes } from './splits.js';

const root = mkdtempSync(join(tmpdir(), 'nddr-protocol-'));
after(() => rmSync(root, { recursive: true, force: true }));

const base = (length: Record<string, number>, evaluate = {}, train = {}) => ({
  name: 'run',
  data: { kind: 'rooms' as const, length, width: 24, height: 24 },
  tasks: { segmentation: { kind: 'segmentation' }, depth: { kind: 'depth' } },
  network: { backbone: { kind: 'vgg16' as const, width: 0.0625 }, fusion: { kind: 'shared' as const } },
  train: {
    ...{ steps: 2, batch: 2, height: 24, width: 24, rate: 0.01, workers: 0, threads: 1 },
    rates: { fusion: 1, headWeight: 1, headBias: 1 },
    ...{ evaluateEvery: 1, checkpointEvery: 1, augment: { scale: [1, 1] as [number, number], mirror: 0 } },
    ...train,
  },
  evaluate,
});

let runs = 0;
const newPath = () => join(root, `run-${++runs}`);

async function eventsOf(options: RunOptions): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run(options)) events.push(event);
  return events;
}

const finalOf = (events: readonly RunEvent[]) => {
  const found = events.find((event) => event.type === 'final');
  return found?.type === 'final' ? found : assert.fail('nothing was reported');
};

const complete = (length: Record<string, number>, evaluate = {}) => completeConfig(parseConfig(base(length, evaluate)));

test('val chooses and test is reported; where they are missing, a share of train and what chooses take their place', async () => {
  const cases: [Record<string, number>, object, [string, string], RegExp[]][] = [
    [{ train: 10, val: 2, test: 2 }, {}, ['val', 'test'], []],
    [{ train: 10, test: 2 }, {}, [HELD_OUT, 'test'], [/"held-out": 1 of the 10 images of "train" are not trained on/]],
    [{ train: 10, val: 2 }, {}, ['val', 'val'], [/those on "val", .* are chosen too/]],
    [{ train: 10 }, { holdOut: 0.3 }, [HELD_OUT, HELD_OUT], [/"held-out": 3 of the 10 .*; 7 are/, /are chosen too/]],
    [{ train: 10, val: 2 }, { split: HELD_OUT, report: 'val' }, [HELD_OUT, 'val'], [/1 of the 10/]],
    [{ train: 10, test: 2 }, { split: 'train' }, ['train', 'test'], [/chosen on "train", which is trained on/]],
  ];
  for (const [length, evaluate, splits, notes] of cases) {
    const config = await complete(length, evaluate);
    assert.deepEqual([config.evaluate.split, config.evaluate.report], splits);
    const found = await splitNotes(config);
    assert.equal(found.length, notes.length, String(found));
    for (const [i, note] of notes.entries()) assert.match(found[i], note);
    assert.deepEqual(await completeConfig(config), config, 'complete is complete');
  }
});

test('a split that is named and missing is refused, and never taken for one that is held out', async () => {
  await assert.rejects(complete({ train: 10, test: 2 }, { split: 'tst' }), /no split "tst"; did you mean "test"/);
  await assert.rejects(complete({ train: 10, val: 2 }, { report: 'tset' }), /no split "tset"/);
  await assert.rejects(complete({ train: 1 }), /"train" has 1 samples, .*evaluate\.split/);
});

test('what is held out is never trained on, and is all that is judged', async () => {
  const config = await complete({ train: 10, test: 2 }, { holdOut: 0.3 });
  const { batch, height, width, seed } = config.train;
  const augment = { ...config.train.augment, mean: normalisationOf(config.network).mean };
  const options = { batch, height, width, seed, augment, firstStep: 0, workers: 0 };
  const loader = await openLoader({ ...reading(config, 'train'), ...options });
  const trained = new Set<string>();
  for (let step = 0; step < 20; step++) for (const id of (await loader.next()).ids) trained.add(id);
  await loader.close();
  const judged: string[] = [];
  for await (const { id } of openEvaluation({ ...reading(config, HELD_OUT), workers: 0 })) judged.push(id);
  assert.deepEqual([trained.size, judged.length], [7, 3]);
  assert.ok(judged.every((id) => !trained.has(id)));
});

test('rooms has three splits, and those of train and test are the scenes that they were', async () => {
  const { data } = parseConfig({
    name: 'x',
    data: { kind: 'rooms' },
    tasks: { depth: { kind: 'depth' } },
    train: { steps: 1 },
  });
  assert.ok(data.kind === 'rooms');
  assert.deepEqual(data.length, { train: 2000, val: 200, test: 200 });
  const before = { ...data, length: { train: 2000, test: 200 } };
  for (const split of ['train', 'test'])
    assert.deepEqual(await (await openDataset(data, split)).read(5), await (await openDataset(before, split)).read(5));
});

test('at the end the reporting split is judged once, with the weights that were asked for', async () => {
  for (const weights of ['best', 'last'] as const) {
    const path = newPath();
    const events = await eventsOf({ path, config: base({ train: 6, val: 2, test: 3 }, { weights }) });
    const final = finalOf(events);
    assert.deepEqual([final.split, final.images, final.weights], ['test', 3, weights]);
    assert.equal(events.at(-1)?.type, 'done');
    assert.ok(events.every((event) => event.type !== 'evaluation' || event.split === 'val'));
    const judged = await judgeRun({ path });
    assert.deepEqual(judged.values, final.values);
    assert.deepEqual(
      [judged.split, judged.images, judged.weights, judged.step],
      ['test', 3, weights, final.weightsStep],
    );
    if (weights === 'last') assert.equal(final.weightsStep, 2);
    const stored = (await (await openRun(path)).folder.readEvents()).find(({ type }) => type === 'final');
    assert.deepEqual(stored?.values, final.values);
  }
});

test('where the choosing split is reported, its evaluation is not made again', async () => {
  const events = await eventsOf({ path: newPath(), config: base({ train: 6, val: 2 }, { weights: 'last' }) });
  assert.ok(events.every(({ type }) => type !== 'reporting'));
  const last = events.filter((event) => event.type === 'evaluation').at(-1);
  assert.ok(last?.type === 'evaluation');
  assert.deepEqual(finalOf(events).values, last.values);
});

test('a finished run is taken further with its optimizer, at another rate, and says so', async () => {
  const path = newPath();
  const config = base({ train: 6, val: 2, test: 2 });
  await eventsOf({ path, config });
  await assert.rejects(eventsOf({ path }), /has done all its 2 steps\. Take it further: npx nddr resume .* --steps 4/);
  const events = await eventsOf({ path, set: ['train.steps=4', 'train.rate=0.02'] });
  const changes = events.flatMap((event) => (event.type === 'settings' ? event.changes : []));
  assert.deepEqual(changes, [
    { path: 'train.steps', from: '2', to: '4' },
    { path: 'train.rate', from: '0.01', to: '0.02' },
  ]);
  // Poly over four steps: 0.02 x (1 - t / 4)^0.9 at t = 2 and 3.
  const rates = events.flatMap((event) => (event.type === 'step' ? [event.rate] : []));
  for (const [i, rate] of rates.entries()) assert.ok(Math.abs(rate - 0.02 * (1 - (i + 2) / 4) ** 0.9) < 1e-12);
  assert.equal(rates.length, 2);
  const { config: after, folder } = await openRun(path);
  assert.deepEqual([after.train.steps, after.train.rate], [4, 0.02]);
  const types = (await folder.readEvents()).map(({ type, step }) => `${type} ${step}`);
  assert.deepEqual(
    types.filter((line) => /^(settings|final|done)/.test(line)),
    ['final 2', 'done 2', 'settings 2', 'final 4', 'done 4'],
  );
});

test('what a run was made with cannot be changed when it goes on', async () => {
  const path = newPath();
  await eventsOf({ path, config: base({ train: 6, val: 2, test: 2 }) });
  const refused = (message: RegExp, ...set: string[]) =>
    assert.rejects(eventsOf({ path, set }), { name: 'NddrError', message });
  await refused(
    /--set network\.fusion\.kind=single: of a run that is there already only data\.\* and/,
    'network.fusion.kind=single',
  );
  await refused(/train\.start cannot change/, 'train.start=elsewhere');
  await refused(/evaluate\.split cannot become "held-out".*trained on all of "train"/, 'evaluate.split=held-out');
  await refused(/has done 2 steps already, so train\.steps cannot be 1/, 'train.steps=1');
  await refused(/no split "tset"/, 'train.steps=4', 'evaluate.report=tset');
});

test('what a run was trained on is never judged as held out', async () => {
  const path = newPath();
  await eventsOf({ path, config: base({ train: 6, val: 2, test: 2 }) });
  const message = /was trained on all of "train"/;
  await assert.rejects(judgeRun({ path, split: HELD_OUT }), { name: 'NddrError', message });
  await assert.rejects(judgeRun({ path, set: [`evaluate.report=${HELD_OUT}`] }), { name: 'NddrError', message });
  const held = newPath();
  await eventsOf({ path: held, config: base({ train: 6, test: 2 }, { holdOut: 0.2 }) });
  assert.equal((await judgeRun({ path: held, split: HELD_OUT })).images, 1);
  await assert.rejects(
    judgeRun({ path: held, split: HELD_OUT, set: ['evaluate.holdOut=0.9'] }),
    /evaluate\.holdOut cannot change: the run was trained on the rest/,
  );
});

test('crops that are smaller than the network takes are refused before there is a run', async () => {
  const path = newPath();
  const config = base({ train: 6, val: 2 }, {}, { height: 40, width: 62 });
  const network = { ...config.network, backbone: { kind: 'alexnet' as const, width: 0.01 } };
  await assert.rejects(eventsOf({ path, config: { ...config, network } }), {
    name: 'NddrError',
    message: /^train\.height 40, train\.width 62: .* alexnet takes no less than 63 a side/,
  });
  assert.ok(!existsSync(path));
});

test('a run that patience ended says how it goes on', async () => {
  const path = newPath();
  const config = base({ train: 6, val: 2, test: 2 }, {}, { steps: 20, patience: 1, rate: 1e-30, batch: 6 });
  const events = await eventsOf({ path, config });
  const done = events.at(-1);
  assert.ok(done?.type === 'done' && done.early && done.step < 20);
  assert.equal(finalOf(events).split, 'test');
  await assert.rejects(
    eventsOf({ path }),
    /ended early at step \d+: 1 evaluations brought no better score.*train\.patience=null/,
  );
});

test('a run that was stopped before its report makes it when it goes on', async () => {
  const path = newPath();
  const controller = new AbortController();
  const events: RunEvent[] = [];
  for await (const event of run({ path, config: base({ train: 6, val: 2, test: 3 }), signal: controller.signal })) {
    events.push(event);
    if (event.type === 'reporting') controller.abort();
  }
  assert.equal(events.at(-1)?.type, 'stopped');
  const after = await eventsOf({ path });
  assert.deepEqual([after.at(-2)?.type, after.at(-1)?.type], ['final', 'done']);
  assert.equal(finalOf(after).images, 3);
});

/** A folder of eight images, of which the last two are `val`, with labels of classes; depth only where it is said. */
async function photos(depthIn: readonly string[], files = true): Promise<string> {
  const folder = join(mkdtempSync(join(root, 'data-')), 'photos');

  for (const [split, count] of [
    ['train', 6],
    ['val', 2],
  ] as const) {
    for (const kind of ['image', 'label', 'depth']) mkdirSync(join(folder, split, kind), { recursive: true });
    for (let i = 0; i < count; i++) {
      const size = { width: 24, height: 24 };
      const grey = (value: number) => encodeGreyPng({ ...size, data: new Uint8Array(576).fill(value) });
      writeFileSync(
        join(folder, split, 'image', `${i}.png`),
        await encodePng({ ...size, data: new Uint8Array(1728).fill(40 * i) }),
      );
      writeFileSync(join(folder, split, 'label', `${i}.png`), grey(i % 2));
      if (files) {
        const data = new Uint16Array(576).fill(1000 + i);
        writeFileSync(join(folder, split, 'depth', `${i}.png`), encodeGreyPng({ ...size, data }));
      }
    }
  }
  const split = (name: string) => ({
    images: `${name}/image/*.png`,
    labels: {
      segmentation: `${name}/label/*.png`,
      ...(depthIn.includes(name) && { depth: `${name}/depth/*.png` }),
    },
  });
  const description = {
    name: 'photos',
    splits: { train: split('train'), val: split('val') },
    labels: {
      segmentation: { kind: 'segmentation', classes: ['left', 'right'] },
      depth: { kind: 'depth', metresPerValue: 0.001, optional: true },
    },
  };
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(description));
  return folder;
}

const onFolder = (folder: string) => ({
  ...base({}, { weights: 'last' }),
  data: { kind: 'folder' as const, root: folder },
});

test('a task that the choosing split has no label of is left out of the score, with a word', async () => {
  const path = newPath();
  const events = await eventsOf({ path, config: onFolder(await photos(['train'])) });
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  assert.deepEqual(warnings, ['The split "val" has no label of "depth": it has no part in the score.']);
  const evaluations = events.flatMap((event) => (event.type === 'evaluation' ? [event] : []));
  for (const { score, without, values } of evaluations) {
    assert.deepEqual(without, ['depth']);
    assert.equal(score, values.segmentation.mIoU);
    assert.ok(Number.isNaN(values.depth.rmseMetres));
  }
  assert.equal(evaluations.filter(({ best }) => best).length > 0, true);
  // JSON writes NaN as null; it is NaN again.
  const stored = await (await openRun(path)).folder.readEvents();
  const [first] = stored.filter(({ type }) => type === 'evaluation');
  assert.deepEqual(first.values, evaluations[0].values);
  assert.match(readFileSync(join(path, 'events.jsonl'), 'utf8'), /"rmseMetres":null/);
});

test('a task without any label in the training split is refused before training', async () => {
  const folder = await photos(['train', 'val'], false);
  await assert.rejects(eventsOf({ path: newPath(), config: onFolder(folder) }), {
    name: 'NddrError',
    message: /train\/depth\/\*\.png: no file matches, expected the depth labels of train/,
  });
});

test('a moved data set is named by the key to set, and is found where that says', async () => {
  const folder = await photos(['train', 'val']);
  const path = newPath();
  await eventsOf({ path, config: onFolder(folder) });
  const moved = `${folder}-moved`;
  renameSync(folder, moved);
  const away = { name: 'NddrError', message: /data\.root: .*photos does not exist\. .*--set data\.root=PATH/ };
  await assert.rejects(judgeRun({ path }), away);
  await assert.rejects(eventsOf({ path, set: ['train.steps=3'] }), away);
  const there = [`data.root=${moved}`];
  assert.equal((await judgeRun({ path, set: there })).images, 2);
  assert.equal((await judgeRun({ path, set: there, split: 'train' })).images, 6);
  await assert.rejects(judgeRun({ path, set: ['train.steps=3'] }), /only data\.\* and evaluate\.\* can be set/);
  await eventsOf({ path, set: [...there, 'train.steps=3'] });
  assert.equal((await judgeRun({ path })).step, 3, 'and the run knows it from now on');
});

test('a run of before there was evaluate.report has one split, which chose and is reported', async () => {
  const path = newPath();
  await eventsOf({ path, config: base({ train: 6, test: 2 }, { split: 'test' }) });
  const file = join(path, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8'));
  config.evaluate = { split: 'test', best: 'score' };
  delete config.train.patience;
  writeFileSync(file, JSON.stringify(config));
  const { evaluate } = (await openRun(path)).config;
  assert.deepEqual([evaluate.split, evaluate.report, evaluate.weights], ['test', 'test', 'best']);
  assert.equal((await judgeRun({ path })).split, 'test');
});
