import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Checkpoint } from '../checkpoint.js';
import { RunFolder } from './run-folder.js';

const root = mkdtempSync(join(tmpdir(), 'nddr-run-'));
after(() => rmSync(root, { recursive: true, force: true }));

const config = { train: { steps: 4 } };
const at = (step: number): Checkpoint => ({
  state: { step, seed: 1, config, best: null },
  weights: new Map([['w', { dtype: 'F32', shape: [1], data: new Float32Array([step / 10]) }]]),
  optimizer: new Map(),
});
async function create(path: string, settings: unknown): Promise<RunFolder> {
  const folder = RunFolder.vacant(path);
  await folder.begin(settings);
  return folder;
}

const checkpointsOf = (folder: RunFolder) => readdirSync(join(folder.path, 'checkpoints')).sort();

test('a run keeps its configuration and refuses to be started twice', async () => {
  const path = join(root, 'runs', 'first');
  await create(path, config);
  assert.deepEqual(await RunFolder.open(path).readConfig(), config);
  assert.equal(readFileSync(join(path, 'config.json'), 'utf8'), '{\n  "train": {\n    "steps": 4\n  }\n}\n');
  assert.throws(() => RunFolder.vacant(path), { name: 'NddrError', message: /first already holds a run/ });
  assert.throws(() => RunFolder.open(join(root, 'none')), { name: 'NddrError', message: /none holds no run/ });
  writeFileSync(join(path, 'config.json'), '{');
  await assert.rejects(RunFolder.open(path).readConfig(), { name: 'NddrError', message: /config\.json is not JSON/ });
});

test('the newest checkpoints are kept and the newest is found, by number and not by name', async () => {
  const folder = await create(join(root, 'pruned'), config);
  assert.equal(await folder.latestCheckpoint(), undefined);
  for (const step of [500, 999_500, 1_000_000]) await folder.saveCheckpoint(at(step), 2);
  assert.deepEqual(checkpointsOf(folder), ['step-1000000.safetensors', 'step-999500.safetensors']);
  const latest = await folder.latestCheckpoint();
  assert.deepEqual(latest?.checkpoint, at(1_000_000));
  assert.equal(latest?.path, join(root, 'pruned', 'checkpoints', 'step-1000000.safetensors'));
  assert.deepEqual(latest?.warnings, []);
});

test('a damaged checkpoint is passed over for the one before, with a warning', async () => {
  const folder = await create(join(root, 'damaged'), config);
  for (const step of [1, 2, 3]) await folder.saveCheckpoint(at(step));
  assert.deepEqual(
    checkpointsOf(folder),
    [1, 2, 3].map((step) => `step-00000${step}.safetensors`),
  );
  truncateSync(join(folder.path, 'checkpoints', 'step-000003.safetensors'), 100);
  writeFileSync(join(folder.path, 'checkpoints', 'step-000002.safetensors'), '');
  const latest = await folder.latestCheckpoint();
  assert.equal(latest?.checkpoint.state.step, 1);
  assert.equal(latest?.warnings.length, 2);
  assert.match(latest?.warnings[0] ?? '', /step-000003\.safetensors is damaged/);

  // The run goes on from step 1: what came after it before is gone with the next checkpoint.
  await folder.saveCheckpoint(at(2));
  assert.deepEqual(checkpointsOf(folder), ['step-000001.safetensors', 'step-000002.safetensors']);
});

test('when every checkpoint is damaged, each is named', async () => {
  const folder = await create(join(root, 'hopeless'), config);
  await folder.saveCheckpoint(at(1));
  await folder.saveCheckpoint(at(2));
  for (const name of checkpointsOf(folder)) writeFileSync(join(folder.path, 'checkpoints', name), 'x');
  await assert.rejects(folder.latestCheckpoint(), {
    name: 'NddrError',
    message: /No checkpoint of .*hopeless[\s\S]*step-000002[\s\S]*step-000001/,
  });
});

test('files left aside by a killed writer go with the next checkpoint', async () => {
  const folder = await create(join(root, 'killed'), config);
  await folder.saveCheckpoint(at(1));
  writeFileSync(join(folder.path, 'checkpoints', '.step-000002.safetensors.0a0b0c0d.part'), 'half');
  assert.equal((await folder.latestCheckpoint())?.checkpoint.state.step, 1);
  await folder.saveCheckpoint(at(2));
  assert.deepEqual(checkpointsOf(folder), ['step-000001.safetensors', 'step-000002.safetensors']);
});

test('events are kept in order and rewound to the step of a resumption', async () => {
  const folder = await create(join(root, 'events'), config);
  assert.deepEqual(await folder.readEvents(), []);
  const events = [
    { type: 'start' },
    { type: 'step', step: 1 },
    { type: 'step', step: 2 },
    { type: 'evaluation', step: 2 },
    { type: 'step', step: 3 },
  ];
  for (const event of events) folder.appendEvent(event);
  appendFileSync(join(folder.path, 'events.jsonl'), '{"type":"st');
  assert.deepEqual(await folder.readEvents(), events);
  await folder.rewindEvents(2);
  folder.appendEvent({ type: 'step', step: 3, again: true });
  assert.deepEqual(await folder.readEvents(), [...events.slice(0, 4), { type: 'step', step: 3, again: true }]);
});

test('the best checkpoint is kept apart', async () => {
  const folder = await create(join(root, 'best'), config);
  assert.equal(await folder.bestCheckpoint(), undefined);
  await folder.saveBest(at(7));
  assert.deepEqual(await folder.bestCheckpoint(), at(7));
});
