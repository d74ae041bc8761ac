/** `nddr experiment`: rows x seeds as one command that goes on where it was, and what it refuses. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseExperiment } from '../src/experiments/comparison/experiment.js';
import { planRuns } from '../src/experiments/comparison/plan.js';
import {
  assertRefused,
  eventsOf,
  nddr,
  set,
  start,
  succeed,
  temporaryFolder,
  tinyConfig,
  waitFor,
} from './command.fixture.js';

const { name: _, ...base } = tinyConfig;
const experiment = {
  title: 'Tiny',
  base: { ...base, train: { ...base.train, steps: 30, checkpointEvery: 5 } },
  baseline: 'single-task',
  rows: [
    { name: 'single-task', set: { 'network.fusion': { kind: 'single' } } },
    { name: 'NDDR', start: 'single-task', set: { 'network.fusion': { kind: 'nddr' } } },
  ],
};

function write(root: string): string {
  const path = join(root, 'tiny.json');
  writeFileSync(path, JSON.stringify(experiment));
  return path;
}

test('killed within a run, the same command goes on from its checkpoint and writes the table', async (t) => {
  const root = temporaryFolder(t);
  const out = join(root, 'out');
  const words = ['experiment', write(root), '--seeds', '2', '--out', out];
  const run = join(out, 'single-task-seed-1');
  const { child, finished } = start(t, ...words);
  await waitFor(run, ({ type, step = 0 }) => type === 'step' && step > 10, child);
  child.kill('SIGKILL');
  await finished;
  const { stdout, stderr } = await succeed(t, ...words);
  assert.match(stderr, /1 of 4: single-task, seed 1, goes on after step \d+/);
  assert.match(stderr, /4 of 4: NDDR, seed 2\n/);
  assert.match(stderr, /120\/120 steps 100 %/);
  assert.match(stdout, /single-task .*\n *NDDR .* of 2 +30 \+ 30/);
  const files = readdirSync(out).sort();
  assert.deepEqual(files, [
    ...['nddr-seed-1', 'nddr-seed-2', 'report.html', 'runs.csv'],
    ...['single-task-seed-1', 'single-task-seed-2', 'table.csv', 'table.md'],
  ]);
  const steps = eventsOf(run)
    .filter(({ type }) => type === 'step')
    .map(({ step }) => step);
  assert.deepEqual(
    steps,
    Array.from({ length: 30 }, (_, i) => i + 1),
    'every step once',
  );

  const again = await succeed(t, ...words);
  assert.equal(again.stdout, stdout, 'the same table, and nothing was trained');
  assert.match(again.stderr, /4 of 4: NDDR, seed 2, done before/);
  assertRefused(await nddr(t, ...words, '--steps', '40'), /train\.steps is 30 there and 40 now.*--out/);
});

test('Ctrl-C saves, says how to go on, and the command ends with 130', async (t) => {
  const root = temporaryFolder(t);
  const words = ['experiment', write(root), '--seeds', '1', '--out', join(root, 'out')];
  const run = join(root, 'out', 'single-task-seed-1');
  const { child, finished } = start(t, ...words);
  await waitFor(run, ({ type, step = 0 }) => type === 'step' && step > 2, child);
  child.kill('SIGINT');
  const { code, stderr } = await finished;
  assert.equal(code, 130, stderr);
  assert.match(stderr, /Stopping after this step.*The same command goes on from here/s);
  assert.equal(eventsOf(run).at(-1)?.type, 'stopped');
  assert.match((await succeed(t, ...words)).stderr, /goes on after step/);
});

test('mistakes are told with a way out', async (t) => {
  const root = temporaryFolder(t);
  const path = write(root);
  const cases: [string[], RegExp][] = [
    [['paper/ablation-inti'], /no experiment paper\/ablation-inti.*did you mean "paper\/ablation-init"\?/],
    [[path, '--seeds', 'two'], /--seeds <numbers>' argument 'two' is invalid\. expected whole numbers of at least 0/],
    [[path, '--seeds', '0'], /--seeds .* expected at least one seed/],
    [[path, '--seeds', '3,3'], /--seeds .* every seed once/],
    [[path, '--data', 'romms'], /--data romms: .*did you mean "rooms"\?/],
    [[path, '--steps', 'many'], /--steps <number>' argument 'many' is invalid\. expected a whole number of at least 1/],
    [[path, ...set('train.steps=many')], /row "single-task": train\.steps: .*found "many"/],
    [
      [path, ...set('tasks={"age":{"kind":"depth","from":"age"}}')],
      /tasks\.age: no label "age" in data set "rooms".*Choose another data set/,
    ],
  ];
  for (const [words, message] of cases)
    assertRefused(await nddr(t, 'experiment', ...words, '--out', join(root, 'refused')), message);
  assert.deepEqual(readdirSync(root), ['tiny.json'], 'nothing was written');
});

test('the experiments of the guide fit', async () => {
  const guide = readFileSync(fileURLToPath(new URL('../../docs/guides/experiments.md', import.meta.url)), 'utf8');
  const blocks = [...guide.matchAll(/^```json\n(.*?)^```$/gms)].map(([, block]) => block);
  assert.ok(blocks.length > 0);
  for (const block of blocks) {
    assert.ok(block.split('\n').length <= 21, 'own experiment in 20 lines');
    const guided = parseExperiment(JSON.parse(block), 'guide');
    const plan = await planRuns({ experiment: guided, seeds: [1] });
    assert.equal(plan.runs.length, guided.rows.length);
  }
});
