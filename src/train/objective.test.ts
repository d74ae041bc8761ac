import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stage } from '../backbones/backbone.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { fusionSchema } from '../fusion/index.js';
import type { NetworkOptions } from '../network.js';
import { conv } from '../nn/layers.js';
import { initialValues } from '../nn/scope.js';
import { Random } from '../random.js';
import { DropoutMasks } from './dropout.js';
import { CompiledStep, type StepResult } from './step.js';
import { buildStep } from './step-graph.js';
import { tinyData, tinyNetwork, tinySettings } from './tiny.test.fixture.js';
import { Weigher } from './weigher.js';
import { createWeighting, type WeightingConfig, weightingSchema } from './weighting/index.js';
import type { Weighting } from './weighting/weighting.js';

const { batch, height, width } = tinySettings;
const kinds = fusionSchema.options.map(({ shape }) => shape.kind.value);

/** One step from the same weights and batch. */
async function runStep(
  network: NetworkOptions,
  weighting: Weighting,
  { lossWeights = {}, weights = {} }: { lossWeights?: Record<string, number>; weights?: Record<string, number> } = {},
): Promise<StepResult> {
  const graph = buildStep({ network, batch, height, width, weighting, lossWeights });
  const values = initialValues(graph.variables.values(), new Random(1));
  const step = await CompiledStep.open(graph, nodeRuntime({ threads: 1 }), values);
  const { images, labels } = await tinyData().next();
  const masks = new DropoutMasks(graph.masks).fill(new Random(2));
  const result = await step.run({ image: images, labels, masks, weights });
  await step.close();
  return result;
}

/** Combines the tasks' gradients by adding them up. */
const adding: Weighting = { form: 'gradients', combine: (gram) => gram.map(() => 1) };
const weigher = (weighting: Weighting, network: NetworkOptions) =>
  new Weigher(weighting, network.tasks, {}, new Random(3));

function assertClose(found: Float32Array, expected: Float32Array, what: string): void {
  assert.equal(found.length, expected.length, what);
  for (const [i, x] of found.entries()) {
    const tolerance = 1e-5 * (1 + Math.abs(expected[i]));
    assert.ok(Math.abs(x - expected[i]) < tolerance, `${what}, ${i}: ${x}, expected ${expected[i]}`);
  }
}

for (const kind of kinds) {
  test(`the gradients of single tasks add up to those of the sum: ${kind}`, async () => {
    const network = tinyNetwork(undefined, { kind });
    const whole = await runStep(network, { form: 'fixed' });
    const perTask = await runStep(network, adding);
    assert.deepEqual(perTask.losses, whole.losses);
    const alone = await runStep(network, { form: 'fixed' }, { lossWeights: { normals: 0 } });
    for (const [path, array] of perTask.taskGradients.get('seg') ?? [])
      assertClose(array, alone.gradients.get(path) as Float32Array, `${path} of seg alone`);
    const { gradients } = weigher(adding, network).weigh(0, perTask, {}, new Map());
    assert.deepEqual([...gradients.keys()].sort(), [...whole.gradients.keys()].sort());
    for (const [path, array] of gradients) assertClose(array, whole.gradients.get(path) as Float32Array, path);
  });
}

test('gradients of single tasks are taken of the variables that several tasks share, and of no others', async () => {
  const shared = async (kind: string) => {
    const { gradients, taskGradients } = await runStep(tinyNetwork(undefined, { kind }), adding);
    const [seg = new Map(), normals = new Map()] = [taskGradients.get('seg'), taskGradients.get('normals')];
    assert.deepEqual([...seg.keys()], [...normals.keys()]);
    assert.ok([...seg.keys()].every((path) => !gradients.has(path)));
    return [...seg.keys()].sort();
  };
  assert.deepEqual(await shared('single'), []);
  assert.deepEqual(await shared('shared'), [
    'shared.conv1.beta',
    'shared.conv1.gamma',
    'shared.conv1.weight',
    'shared.conv2.weight',
  ]);
  // Through the layers between the stages everything is shared but each task's last one.
  const nddr = await shared('nddr');
  assert.ok(nddr.includes('seg.conv2.weight') && nddr.includes('nddr1.normals.weight'));
  assert.ok(!nddr.includes('nddr2.seg.weight') && !nddr.includes('seg.fc.weight'));
});

test('GradNorm gets the gradients of the weights of the last layers that tasks share', async () => {
  const weighting = createWeighting(weightingSchema.parse({ kind: 'gradnorm' }), tinyNetwork().tasks);
  const weights = { seg: 0.5, normals: 2 };
  const watched = async (kind: string) => {
    const { taskGradients } = await runStep(tinyNetwork(undefined, { kind }), weighting, { weights });
    return [...(taskGradients.get('seg')?.keys() ?? [])].sort();
  };
  assert.deepEqual(await watched('single'), []);
  assert.deepEqual(await watched('shared'), ['shared.conv2.weight']);
  assert.deepEqual(await watched('nddr'), ['normals.conv2.weight', 'seg.conv2.weight']);
});

test('the last shared layer is found also where the target writes convolutions by tiles', () => {
  const network = tinyNetwork(undefined, { kind: 'shared' });
  const [first] = network.backbone.stages;
  const wide: Stage = {
    ...{ name: 'conv2', channels: 256, stride: 1 },
    build: (scope, x) => {
      const y = conv(scope.child('conv2'), x, { channels: 256 });
      return conv(scope.child('conv3'), y, { channels: 256 });
    },
  };
  const weighting = createWeighting(weightingSchema.parse({ kind: 'gradnorm' }), network.tasks);
  const { model } = buildStep({
    network: { ...network, backbone: { ...network.backbone, stages: [first, wide] } },
    ...{ batch, weighting, height: 24, width: 24 },
  });
  const written = Buffer.from(model.bytes);
  assert.ok(written.includes('shared.conv1/conv2d.') && !written.includes('shared.conv3/conv2d.'), 'tiles are used');
  const watched = [...model.outputs.keys()].filter((name) => name.startsWith('taskGradient.seg.'));
  assert.deepEqual(watched, ['taskGradient.seg.shared.conv3.weight']);
});

test('weights that are fed act on the losses, and not on the gradients of single tasks', async () => {
  const network = tinyNetwork();
  const weighting = createWeighting(weightingSchema.parse({ kind: 'gradnorm' }), network.tasks);
  const fed = await runStep(network, weighting, { weights: { seg: 0.5, normals: 2 } });
  const fixed = await runStep(network, { form: 'fixed' }, { lossWeights: { seg: 0.5, normals: 2 } });
  for (const [path, array] of fed.gradients) assertClose(array, fixed.gradients.get(path) as Float32Array, path);
  const alone = await runStep(network, { form: 'fixed' }, { lossWeights: { normals: 0 } });
  for (const [path, array] of fed.taskGradients.get('seg') ?? [])
    assertClose(array, alone.gradients.get(path) as Float32Array, path);
});

test('a task without labels does not change how gradients are combined', async () => {
  const network = tinyNetwork();
  const result = await runStep(network, adding);
  for (const kind of ['pcgrad', 'cagrad', 'mgda'] as const) {
    const weighting = createWeighting(weightingSchema.parse({ kind }) as WeightingConfig, network.tasks);
    const seg = new Map([...(result.taskGradients.get('seg') ?? [])].map(([path, array]) => [path, array.slice()]));
    const none = new Map([...seg].map(([path, array]) => [path, array.slice().fill(0)]));
    const taskGradients = new Map([
      ['seg', new Map([...seg].map(([path, array]) => [path, array.slice()]))],
      ['normals', none],
    ]);
    const { gradients } = weigher(weighting, network).weigh(0, { ...result, taskGradients }, {}, new Map());
    for (const [path, array] of seg) assert.deepEqual(gradients.get(path), array, `${kind}: ${path}`);
  }
});
