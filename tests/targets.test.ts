/** The same step of training, lowered for every target. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { peerNetwork } from '../bench/options.js';
import { createBackbone } from '../src/backbones/index.js';
import { type Floats, sizeOf, type Target, targets } from '../src/engine/index.js';
import { ModelProtoSchema } from '../src/engine/onnx/onnx_pb.js';
import { nodeRuntime } from '../src/engine/runtime/node.js';
import { initialValues, type Values } from '../src/nn/scope.js';
import { Random } from '../src/random.js';
import type { StepFeeds } from '../src/train/feeds.js';
import { CompiledStep } from '../src/train/step.js';
import { buildStep, named } from '../src/train/step-graph.js';

const STEPS = 3;
/** Larger steps carry a network over more kinks of ReLU, at which float32 and float64 part. */
const RATE = 1e-3;
const CLASSES = 5;

function graphFor(target: Target) {
  const tasks = peerNetwork({ fusion: 'nddr', width: 0.125, classes: CLASSES, keep: 0.5, tasks: 4 });
  const network = { ...tasks, backbone: createBackbone({ kind: 'tiny', width: 0.5, keep: 0.5 }) };
  return buildStep({ network, batch: 2, height: 48, width: 48, target });
}

/** Losses of a few steps of plain gradient descent, in turn. */
async function lossesOn(target: Target): Promise<number[]> {
  const graph = graphFor(target);
  const asFloats = (numbers: Iterable<number>): Floats =>
    target.precision === 'float64' ? Float64Array.from(numbers) : Float32Array.from(numbers);
  const random = new Random('targets');
  const values: Values<Floats> = new Map(
    [...initialValues(graph.variables.values(), random.fork('weights'))].map(([path, array]) => [
      path,
      asFloats(array),
    ]),
  );
  const filled = (name: string, next: () => number) =>
    asFloats(Array.from({ length: sizeOf(graph.model.inputs.get(name)?.shape ?? []) }, next));
  const labels: Record<string, () => number> = {
    seg: () => random.integer(CLASSES),
    normal: () => random.normal(),
    depth: () => random.uniform(1, 10),
    edge: () => random.integer(2),
  };
  const feeds: StepFeeds<Floats> = {
    image: filled(named.image, () => random.normal()),
    labels: Object.fromEntries(Object.entries(labels).map(([task, next]) => [task, filled(named.label(task), next)])),
    masks: Object.fromEntries(
      graph.masks.map(({ name, shape }) => [
        name,
        Uint8Array.from({ length: sizeOf(shape) }, () => random.integer(256)),
      ]),
    ),
  };
  const step = await CompiledStep.open(graph, nodeRuntime({ threads: 1 }), values);
  try {
    const losses: number[] = [];
    for (let i = 0; i < STEPS; i++) {
      const result = await step.run(feeds);
      losses.push(...Object.values(result.losses));
      for (const [path, gradient] of result.gradients) {
        const weights = values.get(path) as Floats;
        for (let k = 0; k < weights.length; k++) weights[k] -= RATE * gradient[k];
      }
    }
    return losses;
  } finally {
    await step.close();
  }
}

const wanted = await lossesOn(targets.cpu);

test('the losses of the first steps move and are finite', () => {
  assert.equal(wanted.length, 4 * STEPS);
  for (const [i, loss] of wanted.entries())
    assert.ok(Number.isFinite(loss) && (i < 4 || loss !== wanted[i - 4]), `${loss}`);
});

for (const target of Object.values(targets)) {
  test(`a small step lowered for ${target.name} has the losses of the cpu target`, async () => {
    for (const [i, loss] of (await lossesOn(target)).entries())
      assert.ok(Math.abs(loss - wanted[i]) <= 1e-5 * Math.abs(wanted[i]), `${i}: ${loss}, and on the cpu ${wanted[i]}`);
  });
}

test('a small step lowered for the plain target has operators of the standard domain alone', () => {
  const domains = (target: Target) =>
    new Set(fromBinary(ModelProtoSchema, graphFor(target).model.bytes).graph?.node.map(({ domain }) => domain));
  assert.deepEqual([...domains(targets.plain)], ['']);
  assert.ok(domains(targets.cpu).has('com.microsoft'));
});
