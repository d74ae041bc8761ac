/** However a run is left, its folder is unlocked and its threads have ended. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { LOCK } from '../lock.js';
import { judgeRun } from './judge.js';
import { type RunEvent, type RunOptions, run } from './run.js';
import { runInThread } from './run-in-thread.js';

const root = mkdtempSync(join(tmpdir(), 'nddr-closing-'));
after(() => rmSync(root, { recursive: true, force: true }));

const config = {
  name: 'run',
  data: { kind: 'rooms' as const, length: { train: 4, val: 2, test: 2 }, width: 24, height: 24 },
  tasks: { depth: { kind: 'depth' } },
  network: { backbone: { kind: 'vgg16' as const, width: 0.0625 }, fusion: { kind: 'single' as const } },
  train: {
    ...{ steps: 1, batch: 2, height: 24, width: 24, workers: 1, threads: 1 },
    ...{ evaluateEvery: 1, checkpointEvery: 1, augment: { scale: [1, 1] as [number, number] } },
  },
};

let folders = 0;
const newFolder = () => join(root, `run-${++folders}`);

/** Threads that are alive; each has a port for its messages. */
const threads = () => process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort').length;

/**
 * Leaves a run after its first event, then another after `stride` more, and so on.
 * @returns the kinds of events seen
 */
async function leaveEverywhere(
  start: (options: RunOptions) => AsyncIterable<RunEvent>,
  stride: number,
): Promise<Set<string>> {
  const kinds = new Set<string>();
  const before = threads();
  for (let leave = 1; ; leave += stride) {
    const path = newFolder();
    let seen = 0;
    let most = 0;
    for await (const { type } of start({ path, config })) {
      kinds.add(type);
      most = Math.max(most, threads());
      assert.ok(existsSync(join(path, LOCK)), 'the folder is locked while the run is open');
      if (++seen === leave) break;
    }
    assert.ok(most > before, 'a thread was open');
    assert.equal(threads(), before, `after event ${leave}`);
    assert.ok(!existsSync(join(path, LOCK)), `after event ${leave}`);
    if (seen < leave) return kinds;
  }
}

for (const [start, stride] of [
  [run, 1],
  [runInThread, 4],
] as const)
  test(`a run that is left after any of its events leaves no lock and no thread: ${start.name}`, async () => {
    const kinds = await leaveEverywhere(start, stride);
    for (const type of ['start', 'step', 'checkpoint', 'evaluating', 'evaluation', 'reporting', 'final', 'done'])
      assert.ok(kinds.has(type), type);
  });

test('a judgement that its caller breaks off leaves no thread', async () => {
  const path = newFolder();
  for await (const _ of run({ path, config }));
  const before = threads();
  const seen = () => assert.fail('enough');
  await assert.rejects(judgeRun({ path, seen }), /enough/);
  assert.equal(threads(), before);
});
