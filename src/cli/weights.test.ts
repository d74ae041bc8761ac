import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { encodeSafetensors, type StoredTensor } from '../weights/safetensors.js';
import { weightsCommand } from './weights.js';

/** Runs `nddr weights ...` and gathers what it prints. */
async function run(t: TestContext, ...words: string[]): Promise<string> {
  const printed = t.mock.method(console, 'log', () => {});
  try {
    await weightsCommand().parseAsync(words, { from: 'user' });
  } finally {
    printed.mock.restore();
  }
  return printed.mock.calls.map((call) => call.arguments.join(' ')).join('\n');
}

function written(t: TestContext, tensors: [string, StoredTensor][], metadata: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'nddr-weights-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'a.safetensors');
  writeFileSync(path, Buffer.concat(encodeSafetensors(new Map(tensors), metadata)));
  return path;
}

test('weights show prints an aligned table with what the file says of itself and totals', async (t) => {
  const path = written(
    t,
    [
      ['conv1.weight', { dtype: 'F32', shape: [20, 3, 7, 7], data: new Float32Array(2940) }],
      ['conv1.bias', { dtype: 'F32', shape: [20], data: new Float32Array(20) }],
      ['steps', { dtype: 'I64', shape: [], data: new BigInt64Array(1) }],
    ],
    { made: 'here' },
  );
  assert.equal(
    await run(t, 'show', path),
    [
      `${path}: safetensors, 12.1 kB`,
      'made: here',
      '',
      'tensor        type  shape              size',
      'steps         I64   scalar              8 B',
      'conv1.weight  F32   20 x 3 x 7 x 7  11.8 kB',
      'conv1.bias    F32   20                 80 B',
      '',
      '3 tensors, 2,961 numbers: 1 I64 (8 B), 2 F32 (11.8 kB)',
    ].join('\n'),
  );
});

test('weights show --json has the same for programs', async (t) => {
  const path = written(t, [['w', { dtype: 'F16', shape: [2, 2], data: new Uint16Array(4) }]]);
  const { bytes, ...rest } = JSON.parse(await run(t, 'show', path, '--json'));
  assert.ok(bytes > 8);
  assert.deepEqual(rest, {
    file: path,
    format: 'safetensors',
    metadata: {},
    tensors: [{ name: 'w', dtype: 'F16', shape: [2, 2], bytes: 8 }],
  });
});

test('weights show prints no character that steers a terminal, and cuts long metadata', async (t) => {
  const name = '\u001b[2Jw\u202e';
  const path = written(t, [[name, { dtype: 'U8', shape: [1], data: new Uint8Array(1) }]], { note: 'x'.repeat(300) });
  const printed = await run(t, 'show', path);
  assert.ok(printed.includes('\ufffd[2Jw\ufffd'));
  assert.match(printed, /note: x{200}\.\.\. \(300 characters; all with --json\)/);
});
