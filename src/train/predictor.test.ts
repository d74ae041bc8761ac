import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackbone } from '../backbones/index.js';
import { type Runtime, type Session, source, toModel } from '../engine/index.js';
import { NddrError } from '../errors.js';
import { createFusion } from '../fusion/index.js';
import { buildNetwork, type NetworkOptions } from '../network.js';
import { initialValues } from '../nn/scope.js';
import { Random } from '../random.js';
import { createTask } from '../tasks/index.js';
import { inferenceModel, modelFacts, Predictor } from './predictor.js';

const network: NetworkOptions = {
  backbone: createBackbone({ kind: 'vgg16', width: 0.01, keep: 0.5 }),
  fusion: createFusion({ kind: 'shared', shortcut: false }),
  tasks: [
    createTask('what', { kind: 'segmentation', classes: ['sky', 'ground'] }),
    createTask('far', { kind: 'depth', rangeMetres: [1, 80] }),
  ],
  normalisation: { mean: [0, 0, 0], deviation: [1, 1, 1] },
};
const { build } = buildNetwork(network, 'evaluate', [1, 16, 16]);
const values = initialValues(build.variables.values(), new Random(1));

test('an exported model tells its tasks, classes and units', () => {
  const { tasks } = modelFacts(inferenceModel(network, values).bytes);
  assert.deepEqual(
    tasks.map(({ name, kind }) => [name, kind]),
    [
      ['what', 'segmentation'],
      ['far', 'depth'],
    ],
  );
  assert.deepEqual(tasks[0].classes, ['sky', 'ground']);
  assert.equal(tasks[1].unit, 'metres');
  assert.equal(tasks[0].legend[1].label, 'ground');
});

test('models of others, and what is no model, are refused', () => {
  const other = toModel({ x: source('x', [1]) }).bytes;
  assert.throws(
    () => modelFacts(other),
    (e: Error) => e instanceof NddrError && /not written by "nddr export"/.test(e.message),
  );
  assert.throws(
    () => modelFacts(new Uint8Array([255, 255, 255])),
    (e: Error) => e instanceof NddrError && /no ONNX model/.test(e.message),
  );
});

test('a decoded image is shown to the network as planes of red, green and blue', async () => {
  let shown: unknown;
  const session: Session = {
    run: async ({ image }) => {
      shown = image;
      return { far: { dtype: 'float32', shape: [1, 1, 1, 2], data: Float32Array.of(3, 4) } };
    },
    close: async () => {},
  };
  const runtime: Runtime = { device: 'none', open: async () => session };
  const predictor = await Predictor.open(network, values, runtime);
  const answers = await predictor.answerImage({ width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
  assert.deepEqual(shown, { dtype: 'float32', shape: [1, 3, 1, 2], data: Float32Array.of(1, 4, 2, 5, 3, 6) });
  assert.deepEqual(answers.far, { channels: 1, height: 1, width: 2, data: Float32Array.of(3, 4) });
  assert.equal(predictor.tasks, network.tasks);
});
