import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackbone } from '../backbones/index.js';
import { type Runtime, type Session, source, toModel } from '../engine/index.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { NddrError } from '../errors.js';
import { createFusion } from '../fusion/index.js';
import { buildNetwork, type NetworkOptions } from '../network.js';
import { initialValues } from '../nn/scope.js';
import { Random } from '../random.js';
import { createTask } from '../tasks/index.js';
import { evaluate } from './evaluate.js';
import { modelFacts } from './model-facts.js';
import { inferenceModel, openTrainingForm, Predictor } from './predictor.js';
import { tinyNetwork } from './tiny.test.fixture.js';

const network: NetworkOptions = {
  backbone: createBackbone({ kind: 'vgg16', width: 0.01, keep: 0.5 }),
  fusion: createFusion({ kind: 'shared', shortcut: false }),
  tasks: [
    createTask('what', { kind: 'segmentation', classes: ['sky', 'ground'] }),
    createTask('far', { kind: 'depth', rangeMetres: [1, 80] }),
  ],
  normalisation: { mean: [0, 0, 0], deviation: [1, 1, 1] },
};
const FREE = { batch: null, height: null, width: null, least: 1 };
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

test('the model is the network in training form, with no batch norm left and its weights in either size', async () => {
  const network = { ...tinyNetwork(), backbone: createBackbone({ kind: 'vgg16', width: 0.01, keep: 0.5 }) };
  const { variables } = buildNetwork(network, 'evaluate', [1, 16, 16]).build;
  const random = new Random('statistics');
  const trained = initialValues(variables.values(), random);
  for (const [path, array] of trained)
    if (/\.(gamma|beta|mean|var)$/.test(path))
      for (const i of array.keys()) array[i] = random.uniform(0.2, 2) * (/beta|mean/.test(path) ? 0.1 : 1);
  const runtime = nodeRuntime({ threads: 1 });
  const [height, width] = [33, 21];
  const image = Float32Array.from({ length: 3 * height * width }, () => random.integer(256));
  const answersOf = async (predictor: Predictor) => {
    const answers = await predictor.answer(image, height, width);
    await predictor.close();
    return Object.values(answers).flatMap(({ data }) => [...data]);
  };
  const wanted = await answersOf(await openTrainingForm(network, trained, runtime));
  assert.ok(new Set(wanted).size > 100, 'answers vary');
  const largest = (found: number[]) => found.reduce((most, v, i) => Math.max(most, Math.abs(v - wanted[i])), 0);

  assert.ok(largest(await answersOf(await Predictor.open(network, trained, runtime))) < 1e-5);
  const { bytes } = inferenceModel(network, trained, { storage: 'float16' });
  const difference = largest(await answersOf(new Predictor(await runtime.open(bytes), network.tasks, FREE)));
  assert.ok(difference > 1e-6 && difference < 2e-2, `${difference}`);
  assert.doesNotMatch(Buffer.from(inferenceModel(network, trained).bytes).toString('latin1'), /BatchNorm|Softmax/);
  trained.delete('nddr1.seg.mean');
  await assert.rejects(openTrainingForm(network, trained, runtime), /lacks nddr1\.seg\.mean/);
});

test('models of others, and what is no model, are refused', () => {
  const other = toModel({ x: source('x', [1]) }).bytes;
  assert.throws(
    () => modelFacts(other),
    (e: Error) => e instanceof NddrError && /not written by "npx nddr export"/.test(e.message),
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
      const of = (channels: number) => ({ dtype: 'float32', shape: [1, channels, 1, 2] }) as const;
      return { what: { ...of(2), data: new Float32Array(4) }, far: { ...of(1), data: Float32Array.of(3, 4) } };
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

test('an image that is smaller than the network takes is refused, where the runtime would end the process', async () => {
  const backbone = createBackbone({ kind: 'alexnet', width: 0.01 });
  const small = { ...network, backbone };
  const first = initialValues(buildNetwork(small, 'evaluate', [1, 64, 64]).build.variables.values(), new Random(1));
  const predictor = await Predictor.open(small, first, nodeRuntime({ threads: 1 }));
  const answer = (height: number, width: number) =>
    predictor.answer(new Float32Array(3 * height * width), height, width);
  // 63 - 11 + 4 over 4 gives 15 cells, pooled 7, pooled 3, pooled 1.
  const { what } = await answer(63, 80);
  assert.deepEqual([what.height, what.width], [63, 80]);
  const message = 'An image of 62x80 pixels is too small: this network takes no less than 63 a side.';
  await assert.rejects(answer(80, 62), { name: 'NddrError', message });
  const image = { id: 'thin.jpg', height: 80, width: 62, image: new Float32Array(3 * 80 * 62), labels: {} };
  const images = (async function* () {
    yield image;
  })();
  await assert.rejects(evaluate(predictor, small.tasks, images).next(), { message: `thin.jpg: ${message}` });
  await predictor.close();
});

test('an exported network refuses images that are too small by itself, for programs that do not', async () => {
  const small = { ...network, backbone: createBackbone({ kind: 'alexnet', width: 0.01 }) };
  const first = initialValues(buildNetwork(small, 'evaluate', [1, 64, 64]).build.variables.values(), new Random(1));
  const { bytes } = inferenceModel(small, first);
  assert.equal(modelFacts(bytes).input.least, 63);
  const session = await nodeRuntime({ threads: 1 }).open(bytes);
  const run = (height: number, width: number) =>
    session.run({
      image: { dtype: 'float32', shape: [2, 3, height, width], data: new Float32Array(6 * height * width) },
    });
  assert.deepEqual((await run(63, 80)).far.shape, [2, 1, 63, 80]);
  for (const [height, width] of [
    [62, 80],
    [80, 62],
    [1, 1],
  ])
    await assert.rejects(run(height, width), /images of 63 pixels a side or more/);
  await session.close();
  assert.throws(() => inferenceModel(small, first, { fixed: { height: 60, width: 80 } }), /80x60 pixels is too small/);
});
