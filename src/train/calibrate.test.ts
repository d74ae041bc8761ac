import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backbone } from '../backbones/backbone.js';
import { createBackbone } from '../backbones/index.js';
import { toModel } from '../engine/index.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { createFusion, type FusionConfig } from '../fusion/index.js';
import { buildNetwork, type NetworkOptions } from '../network.js';
import { convBatchNormRelu, dropout } from '../nn/layers.js';
import { initialValues } from '../nn/scope.js';
import { Random } from '../random.js';
import { createTask } from '../tasks/index.js';
import { calibrateFusion } from './calibrate.js';

const SHAPE = [2, 25, 33] as const;

const network = (fusion: FusionConfig): NetworkOptions => ({
  backbone: createBackbone({ kind: 'vgg16', width: 0.0625, keep: 1 }),
  fusion: createFusion(fusion),
  tasks: [createTask('depth', { kind: 'depth' }), createTask('normals', { kind: 'normals' })],
  normalisation: { mean: [120, 120, 120], deviation: [60, 60, 60] },
});

const nddr = (own: number, others: number): FusionConfig => ({
  kind: 'nddr',
  alpha: own,
  beta: others,
});

const random = new Random('calibrate');
const image = Float32Array.from({ length: 2 * 3 * 25 * 33 }, () => random.integer(256));

/** How far an NDDR network's logits on a training batch are from those of the single-task networks inside it. */
async function distance(fusion: FusionConfig, calibrated: boolean): Promise<number> {
  const runtime = nodeRuntime({ threads: 1 });
  const joined = network(fusion);
  const start = initialValues(buildNetwork(joined, 'train', SHAPE).build.variables.values(), new Random(1));
  if (calibrated) await calibrateFusion(joined, start, image, SHAPE, runtime, new Random(2));
  const logits = async (options: NetworkOptions): Promise<Float32Array[]> => {
    const found = buildNetwork(options, 'train', SHAPE);
    const model = toModel(Object.fromEntries([...found.logits].map(([task, y]) => [`logits.${task.name}`, y])));
    const session = await runtime.open(model.bytes);
    const feeds = [...model.inputs].map(([name, type]) => {
      const data = name === 'image' ? image : (start.get(name) as Float32Array);
      return [name, { ...type, data }] as const;
    });
    const outputs = await session.run(Object.fromEntries(feeds));
    await session.close();
    return Object.values(outputs).map(({ data }) => data as Float32Array);
  };
  const before = await logits(network({ kind: 'single', shortcut: false }));
  const after = await logits(joined);
  return Math.max(...before.map((y, task) => Math.max(...y.map((value, i) => Math.abs(value - after[task][i])))));
}

test('a calibrated NDDR layer that starts with own features only passes them on as they are', async () => {
  assert.ok((await distance(nddr(1, 0), true)) < 1e-3);
});

test('as published, the same layer changes them', async () => {
  assert.ok((await distance(nddr(1, 0), false)) > 0.1);
});

test('a calibrated mixture moves them less than a normalised one', async () => {
  assert.ok((await distance(nddr(0.9, 0.1), true)) < (await distance(nddr(0.9, 0.1), false)));
});

test('a network with dropout in a stage is calibrated on what training sees', async () => {
  const plain = createBackbone({ kind: 'vgg16', width: 0.0625, keep: 1 });
  const backbone: Backbone = {
    ...plain,
    stages: [
      {
        ...{ name: 'conv1', channels: 2, stride: 1 },
        build: (scope, x) =>
          dropout(scope.child('drop'), convBatchNormRelu(scope.child('conv1'), x, { channels: 2 }), 0.5),
      },
    ],
  };
  const joined: NetworkOptions = { ...network(nddr(1, 0)), backbone };
  const { variables } = buildNetwork(joined, 'train', SHAPE).build;
  const values = initialValues(variables.values(), new Random(1));
  await calibrateFusion(joined, values, image, SHAPE, nodeRuntime({ threads: 1 }), new Random(2));
  const beta = [...values].filter(([path]) => /^nddr1\..*beta$/.test(path)).flatMap(([, array]) => [...array]);
  // The mean of rectified features, half of them 0 and the others doubled: above 0 as without dropout.
  assert.ok(beta.length > 0 && beta.every((mean) => Number.isFinite(mean) && mean > 0), String(beta));
});
