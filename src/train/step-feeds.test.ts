/** What a step is fed is what it is given for this run, and nothing of the run before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizeOf } from '../engine/index.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { initialValues } from '../nn/scope.js';
import { Random } from '../random.js';
import { buildStep, CompiledStep, named, type StepFeeds } from './step.js';
import { tinyNetwork, tinySettings } from './tiny.test.fixture.js';

test('a batch that lacks a label, a mask or the weight of a loss is refused, also after one that has it', async () => {
  const { batch, height, width } = tinySettings;
  const graph = buildStep({
    network: tinyNetwork(),
    batch,
    height,
    width,
    weighting: { form: 'chosen', wantsNorms: false } as never,
  });
  const values = initialValues(graph.variables.values(), new Random('feeds'));
  const filled = (name: string) => new Float32Array(sizeOf(graph.model.inputs.get(name)?.shape ?? []));
  const tasks = tinyNetwork().tasks.map(({ name }) => name);
  const whole: StepFeeds = {
    image: filled(named.image),
    labels: Object.fromEntries(tasks.map((task) => [task, filled(named.label(task))])),
    masks: Object.fromEntries(graph.masks.map(({ name, shape }) => [name, new Uint8Array(sizeOf(shape))])),
    weights: Object.fromEntries(tasks.map((task) => [task, 1])),
  };
  const step = await CompiledStep.open(graph, nodeRuntime({ threads: 1 }), values);
  try {
    const lacking: readonly (readonly [Partial<StepFeeds>, RegExp])[] = [
      [{ labels: {} }, /asks for label\.\w+/],
      [{ masks: {} }, /asks for \w+\.fc\.mask/],
      [{ weights: {} }, /asks for weight\.\w+/],
    ];
    for (const when of ['before', 'after']) {
      for (const [part, message] of lacking) await assert.rejects(step.run({ ...whole, ...part }), message, when);
      await step.run(whole);
    }
  } finally {
    await step.close();
  }
});
