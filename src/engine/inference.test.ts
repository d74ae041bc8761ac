import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { Random } from '../random.js';
import { distance, evaluate } from './gradients.test.support.js';
import { add, batchNorm, conv2d, type Floats, maxPool, relu, sizeOf, source, type Tensor, toModel } from './index.js';
import { ModelProtoSchema } from './onnx/onnx_pb.js';
import { nodeRuntime } from './runtime/node.js';

const random = new Random('inference');
const values = new Map<string, Floats>();

/** A source with random numbers: those named `var` positive. */
function known(name: string, shape: readonly number[]): Tensor {
  const draw = () => (name.endsWith('var') ? random.uniform(0.01, 4) : random.uniform(-2, 2));
  values.set(name, Float32Array.from({ length: sizeOf(shape) }, draw));
  return source(name, shape);
}

const norm = (x: Tensor, name: string) => {
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'var'].map((part) =>
    known(`${name}.${part}`, [x.shape[1]]),
  );
  return batchNorm(x, gamma, beta, mean, variance, 1e-3);
};

const operators = (outputs: Record<string, Tensor>, constants?: ReadonlyMap<string, Floats>) =>
  fromBinary(ModelProtoSchema, toModel(outputs, { constants }).bytes).graph?.node.map(({ opType }) => opType) ?? [];

/** How far the model with constants lies from the graph as it was built. @returns relative, and its operators */
async function compared(y: Tensor): Promise<{ distance: number; types: string[] }> {
  const image = Array.from({ length: sizeOf(x.shape) }, () => random.uniform(-1, 1));
  const wanted = await evaluate({ y }, { ...Object.fromEntries(values), x: image });
  const model = toModel({ y }, { constants: values });
  assert.deepEqual([...model.inputs.keys()], ['x']);
  const session = await nodeRuntime({ threads: 1 }).open(model.bytes);
  const found = await session.run({ x: { dtype: 'float32', shape: x.shape, data: Float32Array.from(image) } });
  await session.close();
  return { distance: distance([...(found.y.data as Float32Array)], wanted.y), types: operators({ y }, values) };
}

const x = source('x', [2, 4, 9, 7]);

test('batch norms with known numbers become part of the convolution before them', async () => {
  const plain = norm(conv2d(x, known('a.weight', [6, 4, 3, 3]), null, { padding: 1 }), 'a');
  const biased = norm(
    conv2d(relu(maxPool(plain, 3, { stride: 2, padding: 1 })), known('b.weight', [8, 3, 3, 3]), known('b.bias', [8]), {
      ...{ padding: 2, dilation: 2, groups: 2 },
    }),
    'b',
  );
  const { distance, types } = await compared(norm(conv2d(biased, known('c.weight', [5, 8, 1, 1])), 'c'));
  assert.ok(distance < 1e-6, `${distance}`);
  assert.deepEqual(types, ['Conv', 'MaxPool', 'Relu', 'Conv', 'Conv']);
});

test('a convolution that others read keeps its numbers, and so does a weight of two convolutions', async () => {
  const seen = conv2d(x, known('d.weight', [4, 4, 1, 1]));
  const twice = known('e.weight', [4, 4, 1, 1]);
  const shared = norm(conv2d(norm(conv2d(seen, twice), 'e'), twice), 'f');
  const { distance, types } = await compared(add(add(norm(seen, 'd'), seen), shared));
  assert.ok(distance < 1e-6, `${distance}`);
  assert.equal(types.filter((type) => type === 'BatchNormalization').length, 3);
});

test('a batch norm whose numbers are fed stays', () => {
  const y = norm(conv2d(x, known('g.weight', [4, 4, 1, 1])), 'g');
  for (const missing of ['g.weight', 'g.gamma', 'g.beta', 'g.mean', 'g.var']) {
    const constants = new Map([...values].filter(([name]) => name !== missing));
    assert.ok(operators({ y }, constants).includes('BatchNormalization'), missing);
  }
  assert.ok(operators({ y }).includes('BatchNormalization'));
  const first = conv2d(x, known('h.weight', [4, 4, 1, 1]));
  assert.ok(operators({ first, y: norm(first, 'h') }, values).includes('BatchNormalization'), 'an output is read too');
});
