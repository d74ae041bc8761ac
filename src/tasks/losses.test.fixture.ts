/** Losses and answers of single tasks, as the runtime computes them. */
import assert from 'node:assert/strict';
import { gradients, source, type Tensor, toModel } from '../engine/index.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { createTask, type TaskConfig } from './index.js';
import { meanOf } from './masked.js';

export type Values = { readonly shape: readonly number[]; readonly data: readonly number[] };

async function run(outputs: Record<string, Tensor>, feeds: Record<string, Values>): Promise<Record<string, number[]>> {
  const model = toModel(outputs);
  const session = await nodeRuntime({ threads: 1 }).open(model.bytes);
  const results = await session.run(
    Object.fromEntries(
      [...model.inputs.keys()].map((name) => [
        name,
        { dtype: 'float32' as const, shape: feeds[name].shape, data: Float32Array.from(feeds[name].data) },
      ]),
    ),
  );
  await session.close();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, Array.from(data, Number)]));
}

/** Loss and its gradient by the logits. */
export async function lossOf(
  config: TaskConfig,
  logits: Values,
  label: Values,
): Promise<{ loss: number; gradient: number[] }> {
  const x = source('logits', logits.shape);
  const loss = meanOf(createTask('t', config).loss(x, source('label', label.shape)));
  assert.deepEqual(loss.shape, []);
  const results = await run({ loss, gradient: gradients(loss, [x])[0] }, { logits, label });
  return { loss: results.loss[0], gradient: results.gradient };
}

export async function answerOf(config: TaskConfig, logits: Values): Promise<number[]> {
  const answer = createTask('t', config).answer(source('logits', logits.shape));
  assert.deepEqual(answer.shape, logits.shape);
  return (await run({ answer }, { logits })).answer;
}

export function assertClose(found: readonly number[], expected: readonly number[], tolerance = 1e-5): void {
  assert.equal(found.length, expected.length);
  for (const [i, v] of found.entries()) {
    assert.ok(Math.abs(v - expected[i]) <= tolerance * Math.max(1, Math.abs(expected[i])), `${found} not ${expected}`);
  }
}

export const two = { kind: 'segmentation', classes: ['floor', 'wall'] };
export const image = (channels: number, height: number, width: number, data: readonly number[]): Values => ({
  shape: [1, channels, height, width],
  data,
});
