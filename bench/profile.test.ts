import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderMarkdown } from '../src/experiments/table.js';
import { LAYOUT, layerTable, operatorTable, readProfile } from './profile.js';

const run = (ts: number) => ({ cat: 'Session', name: 'model_run', ts, dur: 10_000, args: {} });
const node = (ts: number, dur: number, name: string, operator: string) => ({
  ...{ cat: 'Node', ts, dur },
  name: `${name}_kernel_time`,
  args: { op_name: operator },
});

/** A slow first run, and two that count. */
const text = JSON.stringify([
  run(0),
  node(1, 9000, 'seg.conv1_1/conv.1', 'Conv'),
  ...[20_000, 40_000].flatMap((ts) => [
    run(ts),
    node(ts + 10, 4000, 'seg.conv1_1/conv.1', 'Conv'),
    node(ts + 5000, 1000, 'normal.conv1_1/conv.2', 'Conv'),
    node(ts + 6000, 500, "seg.conv1_1'/fusedmatmul.3", 'FusedMatMul'),
    node(ts + 7000, 500, 'ReorderInput', 'ReorderInput'),
  ]),
]);

test('a profile tells the mean time of every node over the runs that count, by layer and direction', () => {
  const { nodes, runMillis } = readProfile(text, 2);
  assert.equal(runMillis, 10);
  const sum = (layer: string, backward: boolean) =>
    nodes
      .filter((one) => one.layer === layer && one.backward === backward)
      .reduce((all, { millis }) => all + millis, 0);
  assert.deepEqual([sum('conv1_1', false), sum('conv1_1', true), sum(LAYOUT, false)], [5, 0.5, 0.5]);
  assert.throws(() => readProfile(text, 4), /holds 3 runs, expected 4/);
});

test('the tables add up to the step and to the kernels', () => {
  const profile = readProfile(text, 2);
  const parts = [{ total: 20, graph: 12, masks: 3, update: 5 }];
  const rows = renderMarkdown(operatorTable(profile, parts)).split('\n').slice(2);
  assert.deepEqual(rows, [
    '|   Conv | 5.0 | 25.0 |',
    '|   FusedMatMul | 0.5 | 2.5 |',
    '|   ReorderInput | 0.5 | 2.5 |',
    '|   0 other operators | 0.0 | 0.0 |',
    '| kernels, together | 6.0 | 30.0 |',
    '| between kernels: runtime and profile | 4.0 | 20.0 |',
    '| copies into and out of the runtime | 2.0 | 10.0 |',
    '| dropout masks | 3.0 | 15.0 |',
    '| update of the weights | 5.0 | 25.0 |',
    '| step | 20.0 | 100.0 |',
  ]);
  assert.equal(renderMarkdown(layerTable(profile)).split('\n').at(-1), '| all | 5.5 | 0.5 | 6.0 | 100.0 |');
});
