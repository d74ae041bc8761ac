/** Two processes at once in one run folder: one works, the other is refused and touches nothing. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { parseConfig } from '../src/experiments/config.js';
import { run } from '../src/experiments/run.js';
import { runInThread } from '../src/experiments/run-in-thread.js';
import { type Holder, LOCK, lockFolder } from '../src/lock.js';
import {
  assertRefused,
  eventsOf,
  nddr,
  start,
  succeed,
  temporaryFolder,
  tinyConfig,
  waitFor,
  writeConfig,
} from './command.fixture.js';

const root = temporaryFolder({ after });
const long = { ...tinyConfig, train: { ...tinyConfig.train, steps: 100_000, checkpointEvery: 20 } };
const path = join(root, 'run');
const config = writeConfig(root, long);
const train = ['train', config, '--runs', root];
const holderOf = (folder: string): Holder => JSON.parse(readFileSync(join(folder, LOCK), 'utf8'));
const started = String.raw`started \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`;

function startFresh(t: TestContext) {
  rmSync(path, { recursive: true, force: true });
  return start(t, ...train);
}

test('of two trainings of one name at the same moment one is refused, with the process of the other', async (t) => {
  const both = [startFresh(t), start(t, ...train)];
  const first = await Promise.race(both.map(async (one) => ({ one, done: await one.finished })));
  const other = both.find((one) => one !== first.one);
  assertRefused(first.done, new RegExp(`run is in use by process ${other?.child.pid}, ${started}\\. .*stop it first`));
  await waitFor(path, ({ type }) => type === 'step', other?.child ?? assert.fail());
  other?.child.kill('SIGINT');
  assert.equal((await other?.finished)?.code, 130);
  // Its events are those of one process.
  const steps = eventsOf(path).flatMap(({ type, step }) => (type === 'step' ? [step] : []));
  assert.deepEqual(
    steps,
    steps.map((_, i) => i + 1),
  );
  assert.ok(!existsSync(join(path, LOCK)), 'a run that was stopped holds no lock');
});

test('while a run trains, neither train nor resume enters it; killed, its lock is stale and taken over', async (t) => {
  const one = startFresh(t);
  await waitFor(path, ({ type }) => type === 'checkpoint', one.child);
  one.child.kill('SIGSTOP'); // alive, and leaves the processor to the others
  const [again, resumed] = await Promise.all([nddr(t, ...train), nddr(t, 'resume', path)]);
  for (const done of [again, resumed]) assertRefused(done, new RegExp(`in use by process ${one.child.pid}, `));
  // Those that only read are not kept out.
  await succeed(t, 'export', path, '--images', '0', '--weights', 'last');

  one.child.kill('SIGKILL');
  await one.finished;
  assert.equal(holderOf(path).pid, one.child.pid);
  const both = [start(t, 'resume', path), start(t, 'resume', path)];
  const first = await Promise.race(both.map(async (each) => ({ each, done: await each.finished })));
  const other = both.find((each) => each !== first.each) ?? assert.fail();
  assertRefused(first.done, new RegExp(`in use by process ${other.child.pid}, `));
  const killed = Date.now();
  await waitFor(path, ({ type, time }) => type === 'step' && Date.parse(String(time)) > killed, other.child);
  other.child.kill('SIGINT');
  assert.match(
    (await other.finished).stderr,
    new RegExp(`warning: .*by process ${one.child.pid}, .*has ended without`),
  );
});

test('a folder is locked once in a process, and free again however its run is left', async () => {
  const folder = join(root, 'twice');
  const settings = parseConfig({ ...long, name: 'twice' });
  for await (const { type } of runInThread({ path: folder, config: settings })) {
    await assert.rejects(run({ path: folder }).next(), /in use by process \d+.*this process: end the run/s);
    if (type === 'step') break;
  }
  for await (const { type } of run({ path: folder })) if (type === 'step') break;
  assert.ok(!existsSync(join(folder, LOCK)));
});

test('a lock tells the living from the dead', async () => {
  const folder = join(root, 'locks', 'deep');
  const lock = await lockFolder(folder, 'run');
  const mine = holderOf(folder);
  await assert.rejects(lockFolder(folder, 'run'), /in use by process/);
  await lock.release();
  assert.ok(!existsSync(join(root, 'locks')), 'folders that it made go with it');

  /** Locks the folder as this holder, untouched for so many seconds. */
  const left = (holder: object | string, silentSeconds = 0) => {
    writeFileSync(join(root, LOCK), typeof holder === 'string' ? holder : JSON.stringify(holder));
    const then = Date.now() / 1000 - silentSeconds;
    utimesSync(join(root, LOCK), then, then);
  };
  const refused = () =>
    assert.rejects(lockFolder(root, 'run'), { name: 'NddrError', message: /in use by .*delete .*lock\.json/s });
  const takenOver = async () => {
    const { note, release } = await lockFolder(root, 'run');
    await release();
    assert.match(note ?? '', /was locked by .*, which has ended/);
  };
  left({ ...mine, id: 'other' });
  await refused();
  if (mine.ticks !== undefined) {
    left({ ...mine, ticks: '1' }, 0); // the number was given to another process since
    await takenOver();
    left({ ...mine, boot: `before ${mine.boot?.split(' ')[1]}` });
    await takenOver();
    left({ ...mine, boot: `${mine.boot?.split(' ')[0]} pid:[1]` }); // in a container, where pids are others
    await refused();
  }
  left({ ...mine, host: 'elsewhere' }, 60);
  await refused();
  left({ ...mine, host: 'elsewhere' }, 600);
  await takenOver();
  left('', 0);
  await refused();
  left('{ "id": ', 60);
  await takenOver();
});
