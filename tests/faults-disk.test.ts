/** Damaged checkpoints and full disks: what was good stays good, and the run goes on from it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { assertRefused, hashes, nddr, set, succeed, temporaryFolder, writeConfig } from './command.fixture.js';

const SETTINGS = set('train.steps=3', 'train.checkpointEvery=1', 'evaluate.best=normals.meanDegrees');

const runs = temporaryFolder({ after });
/** A whole run of three steps; every checkpoint is kept. Tests damage copies of it. */
const sound = join(runs, 'run');

function copyOf(t: TestContext): { run: string; good: Record<string, string> } {
  const run = join(temporaryFolder(t), 'run');
  cpSync(sound, run, { recursive: true });
  return { run, good: hashes(run) };
}

const cut = (path: string) => truncateSync(path, statSync(path).size >> 1);
const checkpoint = (run: string, step: number) => join(run, 'checkpoints', `step-00000${step}.safetensors`);
const without = (files: Record<string, string>, ...names: RegExp[]) =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !names.some((name) => name.test(path))));

test('a run keeps every file that it needs to go on', async (t) => {
  await succeed(t, 'train', writeConfig(runs), ...SETTINGS, '--runs', runs);
  assert.deepEqual(Object.keys(hashes(sound)), [
    'best.safetensors',
    ...[1, 2, 3].map((step) => `checkpoints/step-00000${step}.safetensors`),
    'config.json',
    'events.jsonl',
  ]);
});

test('a checkpoint cut in half is passed over for the one before, and made anew to the bit', async (t) => {
  const { run, good } = copyOf(t);
  cut(checkpoint(run, 3));
  const { stderr } = await succeed(t, 'resume', run);
  assert.match(stderr, /^warning: .*step-000003\.safetensors is damaged: it is cut off/m);
  assert.doesNotMatch(stderr, /^\s+at /m);
  assert.deepEqual(without(hashes(run), /events/), without(good, /events/));
});

test('with no checkpoint left to read, each is named and nothing is touched', async (t) => {
  const { run } = copyOf(t);
  for (const step of [1, 2, 3]) cut(checkpoint(run, step));
  const damaged = hashes(run);
  const message = assertRefused(await nddr(t, 'resume', run), /No checkpoint of .*run can be read/);
  for (const step of [1, 2, 3]) assert.match(message, new RegExp(`step-00000${step}\\.safetensors is damaged`));
  assertRefused(await nddr(t, 'eval', run, '--weights', 'last'), /No checkpoint of .*run can be read/);
  assert.deepEqual(hashes(run), damaged);
});

test('damaged best weights are refused by name with the way out', async (t) => {
  const { run } = copyOf(t);
  cut(join(run, 'best.safetensors'));
  const damaged = hashes(run);
  assertRefused(await nddr(t, 'eval', run), /best\.safetensors is damaged: it is cut off/, /--weights last/);
  assert.match(
    (await succeed(t, 'eval', run, '--weights', 'last')).stdout,
    /last weights \(step 3\), 2 images of "test"/,
  );
  assert.deepEqual(hashes(run), damaged);
});

test('a damaged configuration of a run is refused by name', async (t) => {
  const { run } = copyOf(t);
  cut(join(run, 'config.json'));
  assertRefused(await nddr(t, 'resume', run), /config\.json is not JSON/);
});

/** A disk of so many kilobytes; undefined where it cannot be had. */
function smallDisk(t: TestContext, kilobytes: number): string | undefined {
  const disk = mkdtempSync(join(tmpdir(), 'nddr-disk-'));
  let mounted = false;
  t.after(() => {
    if (mounted) execFileSync('umount', [disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'nddr-test', disk], { stdio: 'ignore' });
    mounted = true;
  } catch {
    t.skip('a small disk cannot be mounted here; it takes root on Linux');
    return undefined;
  }
  return disk;
}

test('a disk that is full while saving keeps the checkpoint before, and with more space the run goes on', async (t) => {
  // Room for one checkpoint of 0.9 MB.
  const disk = smallDisk(t, 1300);
  if (disk === undefined) return;
  const run = join(disk, 'run');
  assertRefused(
    await nddr(t, 'train', writeConfig(runs), ...SETTINGS, '--runs', disk),
    /Cannot write .*step-000002\.safetensors \([\d.]+ MB\): the disk is full\. Free some space/,
  );
  // Nothing is left aside either.
  assert.deepEqual(without(hashes(run), /events/), without(hashes(sound), /events|step-00000[23]|best/));
  execFileSync('mount', ['-o', 'remount,size=20000k', disk]);
  await succeed(t, 'resume', run);
  assert.deepEqual(without(hashes(run), /events/), without(hashes(sound), /events/));
});

test('a disk that is full from the first leaves no half run', async (t) => {
  const disk = smallDisk(t, 4);
  if (disk === undefined) return;
  writeFileSync(join(disk, 'full'), new Uint8Array(4096));
  assertRefused(
    await nddr(t, 'train', writeConfig(runs), ...SETTINGS, '--runs', disk),
    /Cannot write .*run.lock\.json .*: the disk is full/,
  );
  assert.deepEqual(Object.keys(hashes(disk)), ['full']);
});
