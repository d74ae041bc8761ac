import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NddrError } from '../errors.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../weights/safetensors.js';
import { type Checkpoint, type CheckpointState, decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';

const join = (chunks: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(chunks));
const f32 = (...numbers: number[]): StoredTensor => ({
  dtype: 'F32',
  shape: [numbers.length],
  data: new Float32Array(numbers),
});

const state: CheckpointState = {
  step: 500,
  seed: 1234,
  config: { train: { steps: 1000 }, tasks: { seg: { kind: 'segmentation' } } },
  best: { step: 400, score: 0.1 + 0.2 },
  more: { epoch: 3 },
};
const checkpoint: Checkpoint = {
  state,
  weights: new Map([
    ['seg.conv3_1.weight', f32(0.1, -0, 1e-45)],
    ['nddr3.seg.mean', f32(7)],
  ]),
  optimizer: new Map([['momentum.seg.conv3_1.weight', f32(1, 2, 3)]]),
};

test('a checkpoint survives being written and read to the bit', () => {
  const read = decodeCheckpoint(join(encodeCheckpoint(checkpoint)), 'a checkpoint');
  assert.deepEqual(read, checkpoint);
});

test('weights lie under their own paths, the optimizer beside them', () => {
  const { tensors, metadata } = decodeSafetensors(join(encodeCheckpoint(checkpoint)), 'a checkpoint');
  assert.deepEqual(
    [...tensors.keys()],
    ['seg.conv3_1.weight', 'nddr3.seg.mean', 'optimizer.momentum.seg.conv3_1.weight'],
  );
  assert.deepEqual(JSON.parse(metadata.state), state);
});

test('a checkpoint cut anywhere is refused with its name', () => {
  const whole = join(encodeCheckpoint(checkpoint));
  for (const length of [0, 5, 8, 100, whole.length >> 1, whole.length - 1]) {
    assert.throws(
      () => decodeCheckpoint(whole.subarray(0, length), 'step-000500.safetensors'),
      (error: Error) => error instanceof NddrError && /step-000500.*damaged.*use an earlier/.test(error.message),
      `${length} bytes`,
    );
  }
});

test('a safetensors file that is no checkpoint, or holds a broken state, is refused', () => {
  const refuses = (metadata: Record<string, string>, pattern: RegExp) =>
    assert.throws(() => decodeCheckpoint(join(encodeSafetensors(new Map(), metadata)), 'x.safetensors'), {
      name: 'NddrError',
      message: pattern,
    });
  const format = 'nddr checkpoint 1';
  refuses({}, /x\.safetensors is no checkpoint: .* no format/);
  refuses({ format: 'pt' }, /format "pt"/);
  refuses({ format }, /state is not JSON/);
  refuses({ format, state: '{"step":' }, /state is not JSON/);
  refuses({ format, state: JSON.stringify({ ...state, step: -1 }) }, /step is -1/);
  refuses({ format, state: JSON.stringify({ ...state, seed: 'a' }) }, /seed is a/);
  refuses({ format, state: JSON.stringify({ ...state, best: 5 }) }, /best is 5/);
});

test('what would not be read back is not written', () => {
  const clash = { ...checkpoint, weights: new Map([['optimizer.weight', f32(1)]]) };
  assert.throws(() => encodeCheckpoint(clash), /optimizer\.weight: a path cannot begin/);
  const infinite = { ...checkpoint, state: { ...state, best: { step: 1, score: -Infinity } } };
  assert.throws(() => encodeCheckpoint(infinite), /state of the run cannot be saved: best is/);
});
