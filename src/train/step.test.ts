/** A step takes nothing over from the step before, and names what a batch lacks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeRuntime } from '../engine/runtime/node.js';
import { initialValues } from '../nn/scope.js';
import { Random } from '../random.js';
import { DropoutMasks } from './dropout.js';
import type { StepFeeds } from './feeds.js';
import { CompiledStep } from './step.js';
import { buildStep } from './step-graph.js';
import { tinyData, tinyNetwork, tinySettings } from './tiny.test.fixture.js';
import { createWeighting, weightingSchema } from './weighting/index.js';

const { batch, height, width } = tinySettings;

/** Runs a whole batch, then the given one. */
async function runAfter(change: (feeds: StepFeeds) => StepFeeds, accumulate = 1) {
  const network = tinyNetwork();
  const weighting = createWeighting(weightingSchema.parse({ kind: 'random' }), network.tasks);
  const graph = buildStep({ network, batch, height, width, weighting, accumulate });
  const values = initialValues(graph.variables.values(), new Random(1));
  const step = await CompiledStep.open(graph, nodeRuntime({ threads: 1 }), values);
  try {
    const { images, labels } = await tinyData().next();
    const feeds: StepFeeds = {
      ...{ image: images, labels, masks: new DropoutMasks(graph.masks).fill(new Random(2)) },
      ...{ weights: { seg: 1, normals: 1 }, ...(accumulate > 1 && { counts: { seg: 9, normals: 9 } }) },
    };
    await step.run(feeds);
    await step.counter?.count(change(feeds));
    return await step.run(change(feeds));
  } finally {
    await step.close();
  }
}

const refused = (message: RegExp) => ({ name: 'NddrError', message });

test('a batch without the labels of a task is refused, also after one that had them', async () => {
  await assert.rejects(
    runAfter((feeds) => ({ ...feeds, labels: {} })),
    refused(/no labels of the task "seg": give 72 numbers, \[2, 1, 6, 6\], each the label's "unlabelled" where/),
  );
  await assert.rejects(
    runAfter(({ labels, ...feeds }) => ({ ...feeds, labels: { seg: labels.seg } })),
    refused(/no labels of the task "normals": give 216 numbers/),
  );
  await assert.rejects(
    runAfter((feeds) => ({ ...feeds, labels: {} }), 2),
    refused(/no labels of the task "seg"/),
  );
});

test('a batch without weights, counts or masks is refused, and so is one of another size', async () => {
  await assert.rejects(
    runAfter((feeds) => ({ ...feeds, weights: { seg: 1 } })),
    refused(/no values for "weight\.normals": give 1 numbers, \[\]/),
  );
  await assert.rejects(
    runAfter((feeds) => ({ ...feeds, counts: undefined }), 2),
    refused(/no values for "count\.seg"/),
  );
  await assert.rejects(
    runAfter((feeds) => ({ ...feeds, masks: {} })),
    refused(/no values for "seg\.fc\.mask"/),
  );
  await assert.rejects(
    runAfter((feeds) => ({ ...feeds, image: new Float32Array(5) })),
    refused(/has 5 numbers as values for "image"; expected 216 numbers, \[2, 3, 6, 6\]/),
  );
});

test('a task whose labels are all unlabelled has the loss 0 and the count 0', async () => {
  const { losses, counts } = await runAfter(({ labels, ...feeds }) => ({
    ...feeds,
    labels: { ...labels, seg: labels.seg.slice().fill(255) },
  }));
  assert.deepEqual([losses.seg, counts.seg], [0, 0]);
  assert.ok(losses.normals > 0 && counts.normals === 72);
});
