import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));
const TINY = ['--width', '0.0625', '--size', '33', '--steps', '1', '--threads', '1', '--classes', '3'];

function bench(...words: string[]): { line: Record<string, unknown>; rest: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const [first, ...rest] = stdout.split('\n');
  return { line: JSON.parse(first), rest: rest.join('\n') };
}

const STEP_KEYS = [
  ...['peer', 'fusion', 'width', 'size', 'batch', 'threads', 'step_ms', 'fastest_ms', 'images_per_s'],
  ...['peak_rss_mib', 'open_ms', 'nodes'],
];

test('bench step prints one JSON line, which scripts read', () => {
  const { line, rest } = bench('step', '--fusion', 'shared', ...TINY);
  assert.deepEqual(Object.keys(line), STEP_KEYS);
  assert.equal(rest, '');
});

test('bench step --profile says of six tasks where the time goes', () => {
  const { line, rest } = bench('step', ...TINY, '--tasks', '6', '--labels', 'image', '--profile');
  assert.deepEqual(Object.keys(line), [...STEP_KEYS, 'tasks', 'labels']);
  for (const row of [
    /^ {2}Conv +\d/m,
    /^update of the weights +\d/m,
    /^step +[\d.]+ +100\.0$/m,
    /^nddr3 +\d/m,
    /^fc7 +\d/m,
  ])
    assert.match(rest, row);
});

test('the exported model, the opening of models and a convolution are measured', () => {
  const small = ['--width', '0.0625', '--classes', '3', '--threads', '1'];
  assert.ok(Number(bench('infer', '--size', '24x40', '--steps', '1', ...small).line.infer_ms) > 0);
  assert.ok(Number(bench('open', '--what', 'infer', ...small).line.nodes) > 50);
  const { line } = bench('conv', '--channels', '4', '--size', '9', '--steps', '1', '--threads', '1');
  assert.ok(Number(line.forward_ms) > 0 && Number(line.both_ms) > 0);
});

test('an update is measured beside the loop that it stands for', () => {
  const { line } = bench('update', '--weights', '5000', '--steps', '2');
  for (const key of ['sgd_ms', 'sgd_loop_ms', 'adam_ms']) assert.ok(Number(line[key]) > 0, key);
});
