/** A run that was killed or stopped ends, once resumed, with the same bits as one left alone. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { runWeights } from '../src/experiments/weights.js';
import { Random } from '../src/random.js';
import { decodeCheckpoint } from '../src/train/checkpoint.js';
import { RunFolder } from '../src/train/node/run-folder.js';
import {
  type Event,
  eventsOf,
  hashes,
  start,
  succeed,
  temporaryFolder,
  tinyConfig,
  waitFor,
  writeConfig,
} from './command.fixture.js';

const STEPS = 40;
const config = {
  ...tinyConfig,
  network: { ...tinyConfig.network, fusion: { kind: 'nddr' } },
  train: { ...tinyConfig.train, steps: STEPS, workers: 1, threads: 1, evaluateEvery: 25, checkpointEvery: 3 },
};

const runs = temporaryFolder({ after });
/** The run that is left alone, by the first test. */
const whole = join(runs, 'run');

async function train(t: TestContext, root: string, value: unknown): Promise<string> {
  await succeed(t, 'train', writeConfig(root, value), '--runs', root);
  return join(root, 'run');
}

/** What the events tell of the training, without times; of steps that were told twice, nothing is to be left. */
const numbersOf = (run: string) =>
  eventsOf(run).flatMap(({ type, step, losses, total, rate, values, score, best }: Event) =>
    type === 'step' || type === 'evaluation' ? [{ type, step, losses, total, rate, values, score, best }] : [],
  );

/** Weights, statistics, momentum, best score: all bytes of the files. @param whole the run that was left alone */
function assertSameEnd(run: string, whole: string, steps = STEPS): void {
  const name = `step-${String(steps).padStart(6, '0')}.safetensors`;
  const last = decodeCheckpoint(readFileSync(join(run, 'checkpoints', name)), name);
  assert.equal(last.state.step, steps);
  assert.ok(last.optimizer.size > 0 && last.weights.size > 0);
  const { 'events.jsonl': _, ...files } = hashes(run);
  const { 'events.jsonl': __, ...expected } = hashes(whole);
  assert.equal(files[`checkpoints/${name}`], expected[`checkpoints/${name}`]);
  assert.equal(files['best.safetensors'], expected['best.safetensors']);
  assert.deepEqual(files, expected, 'nothing more and nothing less lies in the folder');
  assert.deepEqual(numbersOf(run), numbersOf(whole));
}

test('a run that is left alone ends', async (t) => {
  await train(t, runs, config);
  assert.equal(eventsOf(whole).at(-1)?.type, 'done');
});

test('a run killed at random moments and resumed each time ends with the same bits', async (t) => {
  const root = temporaryFolder(t);
  const run = join(root, 'run');
  const seed = Date.now();
  t.diagnostic(`seed of the moments: ${seed}`);
  const random = new Random(seed);
  let words = ['train', writeConfig(root, config), '--runs', root];
  let saved = 0;
  for (let kills = 0; kills < 3; kills++) {
    const { child, finished } = start(t, ...words);
    // At first before any checkpoint, then after one more than before; the moment within a step is left to chance.
    const goes = ({ type, step = 0 }: Event) => (kills === 0 ? type === 'step' : type === 'checkpoint' && step > saved);
    await waitFor(run, goes, child);
    await setTimeout(random.uniform(0, kills === 0 ? 20 : 80));
    child.kill('SIGKILL');
    const { code, stderr } = await finished;
    if (code === 0 && kills > 0) break; // on a busy machine the run may have been faster than the kill
    assert.equal(code, null, stderr);
    saved = Math.max(0, ...eventsOf(run).flatMap(({ type, step = 0 }) => (type === 'checkpoint' ? [step] : [])));
    words = ['resume', run];
  }
  if (eventsOf(run).at(-1)?.type !== 'done') await succeed(t, ...words);
  assertSameEnd(run, whole);
});

test('Ctrl-C saves, says how to go on, and the resumed run ends with the same bits', async (t) => {
  const root = temporaryFolder(t);
  const run = join(root, 'run');
  const { child, finished } = start(t, 'train', writeConfig(root, config), '--runs', root);
  await waitFor(run, ({ type, step }) => type === 'step' && step === 6, child);
  child.kill('SIGINT');
  const { code, stderr } = await finished;
  assert.equal(code, 130, stderr);
  assert.match(stderr, /Stopping after this step/);
  assert.doesNotMatch(stderr, /error|^\s+at /m);
  const [, step, path] = /Stopped and saved at step (\d+)\. Go on with: npx nddr resume (.*)/.exec(stderr) ?? [];
  assert.equal(path, run);
  assert.ok(Number(step) >= 6 && Number(step) < STEPS, `step ${step}`);
  assert.ok(readdirSync(join(run, 'checkpoints')).includes(`step-${step.padStart(6, '0')}.safetensors`));
  assert.equal(eventsOf(run).at(-1)?.type, 'stopped');
  await succeed(t, 'resume', run);
  assertSameEnd(run, whole);
});

test('what average and weighting remember and where accumulation stands in the data survive as well', async (t) => {
  const [steps, alone, root] = [8, temporaryFolder(t), temporaryFolder(t)];
  const methods = { accumulate: 2, average: 0.9, optimizer: { kind: 'adamw' }, weighting: { kind: 'gradnorm' } };
  const settings = { ...config, train: { ...config.train, ...methods, steps, rate: 1e-3, evaluateEvery: 4 } };
  const expected = await train(t, alone, settings);
  const run = join(root, 'run');
  const { child, finished } = start(t, 'train', writeConfig(root, settings), '--runs', root);
  await waitFor(run, ({ type, step }) => type === 'step' && step === 2, child);
  child.kill('SIGINT');
  const { code } = await finished;
  if (code !== 0) await succeed(t, 'resume', run); // on a busy machine the run may have been faster
  const path = join(run, 'checkpoints', 'step-000008.safetensors');
  const { weights, optimizer } = decodeCheckpoint(readFileSync(path), path);
  assert.ok(optimizer.has('weighting.weight') && optimizer.has('weighting.initial'));
  // The average is what the run stands for.
  const { values } = await runWeights(RunFolder.open(run), 'last');
  for (const [key, array] of values) assert.deepEqual(array, optimizer.get(`average.${key}`)?.data, key);
  assert.deepEqual([...values.keys()], [...weights.keys()]);
  assertSameEnd(run, expected, steps);
});

test('the number of worker threads changes no bit', async (t) => {
  const tensorsOf = (run: string) => {
    const path = join(run, 'checkpoints', `step-0000${STEPS}.safetensors`);
    const { weights, optimizer } = decodeCheckpoint(readFileSync(path), path);
    return { weights, optimizer };
  };
  for (const workers of [0, 2]) {
    const run = await train(t, temporaryFolder(t), { ...config, train: { ...config.train, workers } });
    assert.deepEqual(tensorsOf(run), tensorsOf(whole), `${workers} workers`);
    assert.deepEqual(numbersOf(run), numbersOf(whole), `${workers} workers`);
  }
});
