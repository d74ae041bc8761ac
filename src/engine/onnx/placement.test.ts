import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { InferenceSession } from 'onnxruntime-node';
import { labelled, plain, relu, source, sum, toModel } from '../index.js';
import { placementOf } from './placement.js';

test('the nodes of a model that the runtime saved are read with their providers and the types of their values', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nddr-placement-'));
  const file = join(folder, 'model.ort');
  try {
    const y = labelled('layer', () => sum(relu(source('x', [2, 3])), [1]));
    const session = await InferenceSession.create(toModel({ y }, { target: plain }).bytes, {
      optimizedModelFilePath: file,
      logSeverityLevel: 3,
      extra: { session: { save_model_format: 'ORT' } },
    });
    await session.release();
    const { nodes, stored } = placementOf(readFileSync(file));
    assert.deepEqual(
      nodes.map(({ operator, provider, inputs }) => [operator, provider, inputs.map(({ type }) => type)]),
      [
        ['Relu', 'CPUExecutionProvider', ['float32']],
        ['ReduceSum', 'CPUExecutionProvider', ['float32', 'int64']],
      ],
    );
    assert.ok(nodes.every(({ name }) => name.startsWith('layer/')));
    assert.deepEqual(nodes[1].outputs, [{ name: 'y', type: 'float32' }]);
    assert.ok(stored.has(nodes[1].inputs[1].name));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('bytes that are no model in the format ORT are refused', () => {
  for (const bytes of [new Uint8Array(), new Uint8Array(64), toModel({ y: source('x', [1]) }).bytes])
    assert.throws(() => placementOf(bytes), /expected a model in the format ORT/);
});
