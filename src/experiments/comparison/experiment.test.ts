import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseExperiment, presetNames, readExperiment, slugOf, trainingOrder } from './experiment.js';
import { parseRow, planRuns } from './plan.js';
import { temporaryFolder } from './small.test.fixture.js';

const rows = (...list: object[]) => ({ title: 't', base: {}, baseline: 'a', rows: list });

test('a row is trained after the one that it starts from', () => {
  const order = (...list: object[]) => trainingOrder(parseExperiment(rows(...list), 'x')).map(({ name }) => name);
  assert.deepEqual(order({ name: 'a', start: 'b' }, { name: 'b', start: 'c' }, { name: 'c' }, { name: 'd' }), [
    'c',
    'b',
    'a',
    'd',
  ]);
});

test('an experiment that does not fit together is refused with what is wrong', () => {
  const cases: [unknown, RegExp][] = [
    [rows({ name: 'a', start: 'aa' }), /x: rows: start of "a" names the row "aa"; did you mean "a"\?/],
    [rows({ name: 'b' }), /x: baseline names the row "a"; did you mean "b"\?/],
    [rows({ name: 'a', start: 'b' }, { name: 'b', start: 'a' }), /x: the rows "a", "b" start from each other/],
    [rows({ name: 'a' }, { name: 'A!' }), /the rows "a" and "A!" would share their runs/],
    [rows({ name: 'a', shown: false }), /the baseline "a" must be shown/],
    [rows({ name: 'a', sets: {} }), /rows\.0: unknown key "sets"; did you mean "set"\?/],
    [{ title: 't' }, /base: .*found nothing/],
  ];
  for (const [value, message] of cases) {
    assert.throws(() => parseExperiment(value, 'x'), { name: 'NddrError', message });
  }
});

test('the names of rows become names of files', () => {
  assert.deepEqual(['NDDR, 0.5/0.5', 'single-task, first half', '…'].map(slugOf), [
    'nddr-0.5-0.5',
    'single-task-first-half',
    'row',
  ]);
});

test('a file takes from the one that it extends what it does not say itself', (t) => {
  const root = temporaryFolder(t);
  const write = (name: string, value: unknown) => writeFileSync(join(root, name), JSON.stringify(value));
  write('one.json', { ...rows({ name: 'a' }), about: 'first' });
  write('two.json', { extends: 'one.json', about: 'second' });
  const { about, title, name, folder } = readExperiment(join(root, 'two.json'));
  assert.deepEqual({ about, title, name, folder }, { about: 'second', title: 't', name: 'two', folder: root });
  write('one.json', { extends: 'two.json' });
  assert.throws(() => readExperiment(join(root, 'two.json')), { message: /extends itself/ });
});

test('presets are found by name from anywhere, and an unknown one is told the nearest', (t) => {
  const before = process.cwd();
  const root = temporaryFolder(t);
  mkdirSync(join(root, 'elsewhere'));
  process.chdir(join(root, 'elsewhere'));
  t.after(() => process.chdir(before));
  assert.equal(readExperiment('paper/ablation-init').name, 'ablation-init');
  assert.throws(() => readExperiment('paper/ablation-inti'), {
    name: 'NddrError',
    message: /no experiment paper\/ablation-inti.*did you mean "paper\/ablation-init"\?/,
  });
});

for (const name of presetNames()) {
  test(`${name} fits on rooms and as published`, async () => {
    const experiment = readExperiment(name);
    const { runs } = await planRuns({ experiment, seeds: [1], data: 'rooms' });
    assert.equal(runs.length, experiment.rows.length);
    const published = { name: 'published', apply() {} };
    for (const row of experiment.rows) {
      const { train } = parseRow(experiment, row, published);
      assert.deepEqual([train.steps, train.batch, train.rate], [20001, 10, 1e-3], row.name);
    }
  });
}

test('all rows of a preset have the same number of steps in all, but for those that others start from', async () => {
  for (const name of presetNames()) {
    const { rows: list } = readExperiment(name);
    const timesOf = (row?: string): number => {
      const found = list.find((one) => one.name === row);
      return found ? found.times + timesOf(found.start) : 0;
    };
    const shown = list.filter((row) => row.shown);
    assert.deepEqual([...new Set(shown.map((row) => timesOf(row.name)))], [2], name);
  }
});
