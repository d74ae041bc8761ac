import assert from 'node:assert/strict';
import { renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { NddrError, NotFiniteError } from '../../errors.js';
import { RunFolder } from '../../train/node/run-folder.js';
import { type RunEvent, type RunOptions, run } from '../run.js';
import { type Plan, planRuns } from './plan.js';
import { type ExperimentEvent, type RunnerOptions, runExperiment, statesOf } from './runner.js';
import { pretend, single, small, temporaryFolder } from './small.test.fixture.js';

const VALUES = { segmentation: { mIoU: 0.5 }, normals: { meanDegrees: 20 } };

/** Runs what is left to do. @returns the events but for those of training */
async function proceed(plan: Plan, options: RunnerOptions): Promise<string[]> {
  const told: string[] = [];
  for await (const event of runExperiment(plan, await statesOf(plan), options)) {
    const line = tell(event);
    if (line) told.push(line);
  }
  return told;
}

function tell(event: ExperimentEvent): string | undefined {
  if (event.type === 'run') return `${basename(event.run.path)} ${event.state.kind} ${event.state.step}`;
  if (event.type === 'failed') return `${basename(event.run.path)} failed: ${event.message}`;
  return event.type === 'seed' ? `seed ${event.seed}` : undefined;
}

test('rows are trained in order, each seed by itself, and what is done is not done again', async (t) => {
  const out = temporaryFolder(t);
  const trained: string[] = [];
  const train = pretend(() => VALUES, trained);
  const plan = await planRuns({ experiment: small(), seeds: [1, 2], out });
  assert.deepEqual(await proceed(plan, { train }), [
    ...['begin-seed-1 new 0', 'nddr-seed-1 new 0', 'single-task-seed-1 new 0', 'seed 1'],
    ...['begin-seed-2 new 0', 'nddr-seed-2 new 0', 'single-task-seed-2 new 0', 'seed 2'],
  ]);
  assert.equal(trained.length, 6);
  rmSync(join(out, 'single-task-seed-2'), { recursive: true });
  const more = await planRuns({ experiment: small(), seeds: [1, 2, 3], out });
  await proceed(more, { train });
  const names = trained.slice(6).map((path) => basename(path));
  assert.deepEqual(names, ['single-task-seed-2', 'begin-seed-3', 'nddr-seed-3', 'single-task-seed-3']);
});

test('changed settings are refused before anything is trained, naming them and the way out', async (t) => {
  const out = temporaryFolder(t);
  const trained: string[] = [];
  const train = pretend(() => VALUES, trained);
  await proceed(await planRuns({ experiment: small(), seeds: [1], out }), { train });
  const plan = (...set: string[]) => planRuns({ experiment: small(), seeds: [1, 2], out, set });
  await assert.rejects(statesOf(await plan('train.rate=0.5', 'train.batch=3')), (error: Error) => {
    assert.ok(error instanceof NddrError);
    assert.match(error.message, /begin-seed-1 holds a run with other settings: /);
    assert.match(error.message, /train\.batch is 2 there and 3 now; train\.rate is 0\.01 there and 0\.5 now/);
    assert.match(error.message, /--out.* or delete/);
    return true;
  });
  // What changes no result may change.
  const states = await statesOf(await plan('train.workers=3', 'train.checkpointEvery=1'));
  assert.deepEqual([...states.values()].map(({ kind }) => kind).slice(0, 3), ['done', 'done', 'done']);
});

test('a folder of results that was moved goes on where it was', async (t) => {
  const [from, to] = [temporaryFolder(t), join(temporaryFolder(t), 'moved')];
  await proceed(await planRuns({ experiment: small(), seeds: [1], out: from }), { train: pretend(() => VALUES) });

  renameSync(from, to);
  const states = await statesOf(await planRuns({ experiment: small(), seeds: [1], out: to }));
  assert.deepEqual(
    [...states.values()].map(({ kind }) => kind),
    ['done', 'done', 'done'],
  );
});

test('a row whose numbers are not finite fails, with those that start from it; the others go on', async (t) => {
  const out = temporaryFolder(t);
  const experiment = small({
    rows: [
      { name: 'single-task', set: single },
      { name: 'fast', set: { 'train.rate': 1 } },
      { name: 'after fast', start: 'fast' },
      { name: 'slow', set: { 'train.rate': 0.001 } },
    ],
  });
  const plan = await planRuns({ experiment, seeds: [1], out });
  const trained: string[] = [];
  const fine = pretend(() => VALUES, trained);
  const train = async function* (options: RunOptions): AsyncGenerator<RunEvent> {
    for await (const event of fine(options)) {
      yield event;
      if (options.path.endsWith('/fast-seed-1') && event.type === 'step') throw new NotFiniteError('Step 2: too fast');
    }
  };
  const failures = [
    'fast-seed-1 failed: Step 2: too fast',
    'after-fast-seed-1 failed: "fast", which it starts from, has failed.',
  ];
  const told = await proceed(plan, { train });
  assert.deepEqual(
    told.filter((line) => line.includes('failed: ')),
    failures,
  );
  assert.deepEqual(
    trained.map((path) => basename(path)),
    ['single-task-seed-1', 'fast-seed-1', 'slow-seed-1'],
  );
  const again = await proceed(plan, { train });
  assert.equal(trained.length, 3, 'and it is not tried again');
  assert.deepEqual(
    again.filter((line) => line.includes('failed: ')),
    failures,
  );
});

test('training tells numbers that are not finite from other errors', async (t) => {
  const experiment = small({ rows: [{ name: 'single-task', set: { ...single, 'train.rate': 1e30 } }] });
  const plan = await planRuns({ experiment, seeds: [1], out: temporaryFolder(t) });
  const failed = /^single-task-seed-1 failed: Step \d+: /;
  assert.match((await proceed(plan, { train: run }))[1], failed);
  // Also from a thread of its own, and in the next session.
  const other = await planRuns({ experiment, seeds: [1], out: temporaryFolder(t) });
  assert.match((await proceed(other, {}))[1], failed);
  assert.equal((await statesOf(other)).get(other.runs[0])?.kind, 'failed');
});

test('an error that is not of the numbers ends the experiment', async (t) => {
  const plan = await planRuns({ experiment: small(), seeds: [1], out: temporaryFolder(t) });
  // biome-ignore lint/correctness/useYield: it fails at once
  const train = async function* (): AsyncGenerator<RunEvent> {
    throw new NddrError('the disk is full');
  };
  await assert.rejects(proceed(plan, { train }), { message: 'the disk is full' });
});

/** Everything that a finished run came to, without times. */
async function endOf(path: string) {
  const folder = RunFolder.open(path);
  const latest = await folder.latestCheckpoint();
  const events = (await folder.readEvents()).map(({ type, step, losses, values }) => ({ type, step, losses, values }));
  return { weights: latest?.checkpoint.weights, events: events.filter(({ type }) => /step|evaluation/.test(type)) };
}

test('killed between runs and within one, an experiment ends with the same weights and numbers', async (t) => {
  const [left, killed] = [temporaryFolder(t), temporaryFolder(t)];
  const whole = await planRuns({ experiment: small(), seeds: [1], out: left });
  await proceed(whole, { train: run });
  const plan = await planRuns({ experiment: small(), seeds: [1], out: killed });
  // Within the first run after its checkpoint of step 2, within the second before its first, and between the two.
  const kills: ((event: ExperimentEvent) => boolean)[] = [
    (event) => event.type === 'training' && event.event.type === 'step' && event.event.step === 3,
    (event) => event.type === 'training' && event.event.type === 'done',
    (event) => event.type === 'training' && event.event.type === 'step' && event.event.step === 1,
  ];
  const resumed: string[] = [];
  for (const kill of [...kills, () => false]) {
    for await (const event of runExperiment(plan, await statesOf(plan), { train: run })) {
      if (event.type === 'run') resumed.push(tell(event) ?? '');
      if (kill(event)) break;
    }
  }
  assert.deepEqual(resumed, [
    ...['begin-seed-1 new 0'],
    ...['begin-seed-1 begun 2'],
    ...['begin-seed-1 done 4', 'nddr-seed-1 new 0'],
    ...['begin-seed-1 done 4', 'nddr-seed-1 begun 0', 'single-task-seed-1 new 0'],
  ]);
  for (const [i, { path }] of plan.runs.entries()) assert.deepEqual(await endOf(path), await endOf(whole.runs[i].path));
});

test('a row starts from the weights of another, and every tower from a shared trunk', async (t) => {
  const experiment = small({
    rows: [
      { name: 'single-task', set: single },
      { name: 'trunk', set: { 'network.fusion': { kind: 'shared' } } },
      { name: 'from trunk', start: 'trunk', set: { ...single, 'train.rate': 1e-30 } },
    ],
  });
  const plan = await planRuns({ experiment, seeds: [1], out: temporaryFolder(t) });
  await proceed(plan, { train: run });
  const [, trunk, from] = await Promise.all(plan.runs.map(({ path }) => endOf(path)));
  const at = (end: typeof trunk, path: string) => end.weights?.get(path)?.data;
  const kernel = at(trunk, 'shared.conv1_1.weight');
  assert.ok(kernel && kernel.length > 0);
  // A trunk becomes that of every task, at a rate that changes nothing.
  assert.deepEqual(at(from, 'segmentation.conv1_1.weight'), kernel);
  assert.deepEqual(at(from, 'normals.conv1_1.weight'), kernel);
});
