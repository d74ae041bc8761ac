/** Numbers that are not finite any more stop a run before they are saved. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeCheckpoint } from '../src/train/checkpoint.js';
import { firstNonFinite } from '../src/train/diagnose.js';
import { assertRefused, eventsOf, nddr, set, temporaryFolder, writeConfig } from './command.fixture.js';

test('a run whose loss explodes stops with step, task and layer, and its last good checkpoint stays', async (t) => {
  const root = temporaryFolder(t);
  const run = join(root, 'run');
  const settings = set('train.rate=1e30', 'train.steps=9', 'train.checkpointEvery=1');
  const message = assertRefused(
    await nddr(t, 'train', writeConfig(root), ...settings, '--runs', root),
    /Step \d: the (loss|gradient) of (segmentation|normals|shared)\S* is .*; \S+\.(conv|fc)\S+ is /,
    /What was saved is kept\. Start a new run with a lower train\.rate, or with train\.clip\./,
  );
  const failed = Number(/Step (\d)/.exec(message)?.[1]);
  assert.ok(failed > 1, 'the first step begins with sound weights');
  const names = readdirSync(join(run, 'checkpoints')).sort();
  assert.deepEqual(
    names,
    Array.from({ length: failed - 1 }, (_, i) => `step-00000${i + 1}.safetensors`),
  );
  for (const name of names) {
    const { weights, optimizer } = decodeCheckpoint(readFileSync(join(run, 'checkpoints', name)), name);
    for (const tensors of [weights, optimizer]) {
      const arrays = [...tensors].map(([path, { data }]) => [path, data as Float32Array] as const);
      assert.equal(firstNonFinite(arrays), undefined, name);
    }
  }
  assert.deepEqual([eventsOf(run).at(-1)?.type, eventsOf(run).at(-1)?.step], ['checkpoint', failed - 1]);
});
