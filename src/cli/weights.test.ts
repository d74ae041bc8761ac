import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { encodeSafetensors, type StoredTensor } from '../weights/safetensors.js';
import { weightsCommand } from './weights.js';

/** Runs `nddr weights ...` and gathers what it prints, and the error in which it ends. */
async function ended(t: TestContext, ...words: string[]): Promise<{ readonly text: string; readonly error?: Error }> {
  const printed = t.mock.method(console, 'log', () => {});
  const text = () => printed.mock.calls.map((call) => call.arguments.join(' ')).join('\n');
  try {
    await weightsCommand().parseAsync(words, { from: 'user' });
    return { text: text() };
  } catch (error) {
    return { text: text(), error: error as Error };
  } finally {
    printed.mock.restore();
  }
}

async function run(t: TestContext, ...words: string[]): Promise<string> {
  const { text, error } = await ended(t, ...words);
  if (error) throw error;
  return text;
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

test('weights match shows what it found, and then why a training would be refused', async (t) => {
  const file = written(t, [
    ['conv1.weight', { dtype: 'F32', shape: [4, 3, 3, 3], data: new Float32Array(108) }],
    ['conv2.weight', { dtype: 'F32', shape: [1, 1], data: new Float32Array(1) }],
  ]);
  const config = join(dirname(file), 'config.json');
  const mapping = join(dirname(file), 'mapping.json');
  writeFileSync(
    mapping,
    JSON.stringify({ tensors: { 'conv1.weight': 'conv1.weight', 'conv2.weight': 'conv2.weight' } }),
  );
  const size = { height: 24, width: 24 };
  const settings = {
    ...{ name: 'match', data: { kind: 'rooms', length: { train: 4, val: 1, test: 1 }, ...size } },
    tasks: { segmentation: { kind: 'segmentation' } },
    network: {
      ...{ backbone: { kind: 'tiny', width: 0.25 }, fusion: { kind: 'single' } },
      weights: { file, mapping },
    },
    train: { steps: 1, batch: 2, ...size, rate: 0.1 },
  };
  writeFileSync(config, JSON.stringify(settings));
  const { text, error } = await ended(t, 'match', config);
  assert.match(text, /Shape differs: segmentation\.conv2\.weight is \[.*conv2\.weight is \[1, 1\]\.\n.*\nFresh: /s);
  assert.match(error?.message ?? '', /gives only .* of the parameters of the backbone of "segmentation"/);
  const json = JSON.parse((await ended(t, 'match', config, '--json')).text);
  assert.deepEqual(json.refused, [error?.message]);
  assert.equal(json.sources[0].differs[0].path, 'segmentation.conv2.weight');
});
