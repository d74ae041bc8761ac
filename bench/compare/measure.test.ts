import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NddrError } from '../../src/errors.js';
import { ELAPSED } from './cases.js';
import { chosenBy, measure } from './measure.js';

const node = (script: string) => measure([process.execPath, '-e', script]);

test('the JSON line of a process is read, whatever it prints around it', async () => {
  const line = await node(`console.log('hello\\n{"step_ms": 1.5}\\nbye')`);
  assert.equal(line.step_ms, 1.5);
  assert.ok(Number(line[ELAPSED]) > 0);
});

test('a process that fails, or says nothing, is an error with its last words', async () => {
  const failed = (error: unknown) => error instanceof NddrError && /ended with 3.*out of luck/s.test(error.message);
  await assert.rejects(node(`console.error('out of luck'); process.exit(3)`), failed);
  await assert.rejects(node(`console.log('no line')`), /ended with 0 and no result/);
});

test('--only picks by a regular expression, and says what there is where nothing matches', () => {
  const names = ['step/full', 'step/small', 'infer/small'];
  const by = (only: string) => chosenBy(only, names, (name) => name);
  assert.deepEqual(by('^step|full'), ['step/full', 'step/small']);
  assert.throws(() => by('large'), /nothing matches; there are step\/full, step\/small, infer\/small/);
  assert.throws(() => by('('), /--only: Invalid regular expression/);
});
