import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { NddrError } from '../../errors.js';
import { allTargets, distance, distinct, evaluate } from '../gradients.test.support.js';
import {
  add,
  asPixels,
  avgPool,
  batchNorm,
  constant,
  conv2d,
  cpu,
  float64,
  labelled,
  matmul,
  maxPool,
  mul,
  neg,
  relu,
  resizeBilinear,
  resizeLike,
  slice,
  source,
  type Target,
  type Tensor,
  toModel,
} from '../index.js';
import { nodeRuntime } from '../runtime/node.js';
import { ModelProtoSchema, TensorProto_DataType } from './onnx_pb.js';
import { GraphWriter } from './writer.js';

const decoded = (bytes: Uint8Array) => {
  const { graph, ...model } = fromBinary(ModelProtoSchema, bytes);
  assert.ok(graph);
  return { ...model, graph };
};

test('a model names its inputs and outputs, with types and shapes', () => {
  const [x, unread] = [source('x', [2, 3]), source('label', [4], 'int32')];
  const outputs = { y: relu(x), label: unread };
  const { inputs, outputs: types } = toModel(outputs);
  assert.deepEqual(
    [...inputs],
    [
      ['x', { shape: [2, 3], dtype: 'float32' }],
      ['label', { shape: [4], dtype: 'int32' }],
    ],
  );
  assert.deepEqual([...types.keys()], ['y', 'label']);
  const double = toModel({ y: relu(x) }, { target: float64 });
  assert.equal(double.inputs.get('x')?.dtype, 'float64');
  assert.equal(double.outputs.get('y')?.dtype, 'float64');
  assert.equal(decoded(double.bytes).graph.input[0].type?.value.value?.$typeName, 'onnx.TypeProto.Tensor');
});

test('the runtime takes an input as an output, one value under two names and a constant', async () => {
  const x = source('x', [2]);
  const y = neg(x);
  const outputs: Record<string, Tensor> = {
    same: x,
    y,
    again: y,
    four: constant(4, [2]),
    table: constant(Float32Array.of(1, 2), [2]),
  };
  assert.deepEqual(await evaluate(outputs, { x: [1, 2] }), {
    same: [1, 2],
    y: [-1, -2],
    again: [-1, -2],
    four: [4, 4],
    table: [1, 2],
  });
});

test('nodes bear the path of their layer', () => {
  const x = source('x', [1, 1, 4, 4]);
  const y = labelled('seg.conv1_1', () => conv2d(x, source('seg.conv1_1.weight', [1, 1, 3, 3])));
  const { node } = decoded(toModel({ y }).bytes).graph;
  assert.match(node[0].name, /^seg\.conv1_1\/conv\.\d+$/);
  assert.equal(new Set(node.map(({ name }) => name)).size, node.length);
});

test('values given as constants are stored and no longer asked for, whatever the target', async () => {
  const sum = add(source('x', [2]), source('w', [2]));
  for (const target of allTargets) {
    const { precision } = target;
    const model = toModel({ y: sum }, { constants: new Map([['w', Float32Array.of(10, 20)]]), target });
    assert.deepEqual([...model.inputs.keys()], ['x']);
    const session = await nodeRuntime({ threads: 1 }).open(model.bytes);
    const data = precision === 'float32' ? Float32Array.of(1, 2) : Float64Array.of(1, 2);
    const { y } = await session.run({ x: { dtype: precision, shape: [2], data } });
    await session.close();
    assert.deepEqual([y.dtype, [...(y.data as Float32Array)]], [precision, [11, 22]]);
  }
});

test('weights in float16 take half the space and are float32 again when the model runs', async () => {
  const size = 64;
  const weight = distinct([size, size]).values;
  const bias = distinct([size], (x) => x / 3).values;
  const y = add(matmul(source('x', [1, size]), source('seg.weight', [size, size])), source('seg.bias', [size]));
  const constants = new Map([
    ['seg.weight', weight],
    ['seg.bias', bias],
  ]);
  const [whole, half] = (['float32', 'float16'] as const).map((weights) => toModel({ y }, { constants, weights }));
  const saved = whole.bytes.length - half.bytes.length;
  assert.ok(saved > 2 * weight.length - 200 && saved < 2 * weight.length, `${saved} bytes of ${whole.bytes.length}`);
  const stored = decoded(half.bytes).graph.initializer.map(({ name, dataType }) => [name, dataType]);
  assert.deepEqual(stored, [
    ['seg.weight/float16', TensorProto_DataType.FLOAT16],
    ['seg.bias', TensorProto_DataType.FLOAT],
  ]);

  const data = distinct([1, size], (x) => x, 1).values;
  const answer = async (bytes: Uint8Array) => {
    const session = await nodeRuntime({ threads: 1 }).open(bytes);
    const { y: found } = await session.run({ x: { dtype: 'float32', shape: [1, size], data } });
    await session.close();
    assert.equal(found.dtype, 'float32');
    return [...(found.data as Float32Array)];
  };
  const difference = distance(await answer(half.bytes), await answer(whole.bytes));
  assert.ok(difference > 1e-6 && difference < 2 ** -11, `${difference}`);
});

test('a weight that float16 cannot hold is refused, with its name', () => {
  const y = add(source('seg.fc8.weight', [2, 2]), source('x', [2, 2]));
  for (const value of [7e4, -65505, Number.NaN]) {
    const constants = new Map([['seg.fc8.weight', Float32Array.of(1, value, 2, 3)]]);
    assert.throws(
      () => toModel({ y }, { constants, weights: 'float16' }),
      (e: Error) => e instanceof NddrError && /seg\.fc8\.weight.*65504.*float32/.test(e.message),
    );
    assert.ok(toModel({ y }, { constants }).bytes.length > 0);
  }
});

test('a model of free size gives any size what a model of that size gives', async () => {
  const weight = distinct([3, 3, 3, 3]).values;
  const network = (image: Tensor) => {
    const x = asPixels(image);
    const w = constant(weight, [3, 3, 3, 3]);
    const ones = constant(Float32Array.of(1, 2, 3), [3]);
    const y = batchNorm(conv2d(x, w, null, { padding: 12, dilation: 12 }), ones, ones, ones, ones, 1e-3);
    return resizeLike(avgPool(maxPool(relu(add(y, x)), 3, { stride: 2, padding: 1 }), 3, { padding: 1 }), x);
  };
  const free = toModel(
    { y: network(source('x', [1, 3, 8, 8])) },
    { dynamic: ['n', 'h', 'w'], metadata: { task: 'seg' } },
  );
  const { graph, metadataProps } = decoded(free.bytes);
  assert.deepEqual(
    metadataProps.map(({ key, value }) => [key, value]),
    [['task', 'seg']],
  );
  const dims = graph.input[0].type?.value.value;
  assert.ok(dims?.$typeName === 'onnx.TypeProto.Tensor');
  assert.deepEqual(
    dims.shape?.dim.map(({ value }) => String(value.value)),
    ['n', '3', 'h', 'w'],
  );
  const session = await nodeRuntime({ threads: 1 }).open(free.bytes);
  for (const shape of [
    [1, 3, 8, 8],
    [2, 3, 13, 7],
    [1, 3, 33, 21],
  ]) {
    const { values } = distinct(shape);
    const { y } = await session.run({ x: { dtype: 'float32', shape, data: values } });
    const fixed = await evaluate({ y: network(source('x', shape)) }, { x: values });
    assert.deepEqual(y.shape, shape);
    assert.ok(distance([...(y.data as Float32Array)], fixed.y) < 1e-6, `${shape}`);
  }
  await session.close();
});

test('what a model of free size cannot do is refused when it is written', () => {
  const x = source('x', [1, 3, 8, 8]);
  const dynamic = ['n', 'h', 'w'] as const;
  assert.throws(() => toModel({ y: resizeBilinear(x, 4, 4) }, { dynamic }), /resize: .* use resizeLike/);
  const rows = labelled('seg.crop', () => slice(x, { axis: 2, start: 1, end: 8 }));
  assert.throws(
    () => toModel({ y: rows }, { dynamic }),
    /slice in seg\.crop takes elements 1 to 8 of axis 2, whose size is/,
  );
  assert.ok(toModel({ y: slice(x, { axis: 1, start: 1, end: 3 }) }, { dynamic }).bytes.length > 0);
  assert.ok(toModel({ y: rows }).bytes.length > 0);
  assert.throws(() => toModel({ y: relu(x) }, { dynamic, target: float64 }), /fixed sizes/);
});

test('equal small constants are stored once; types, shapes and bytes tell them apart', () => {
  const writer = new GraphWriter(cpu, false);
  const name = writer.constant([1, 2], 'float32', [2]);
  assert.equal(writer.constant(Float64Array.of(1, 2), 'float32', [2]), name);
  assert.equal(writer.int64s([1, 2]), writer.int64s([1, 2]));
  const others = [
    writer.constant([1, 2], 'float32', [1, 2]),
    writer.constant([1, 2], 'int32', [2]),
    writer.constant([1, -2], 'float32', [2]),
    writer.constant([0], 'float32', []),
    writer.constant([-0], 'float32', []),
    writer.int64s([1, 2]),
  ];
  assert.equal(new Set([name, ...others]).size, others.length + 1);
  assert.equal(writer.initializers.length, others.length + 1);
  assert.equal(writer.filled(0, [100]), writer.filled(0, [100]));
  assert.notEqual(writer.filled(0, [100]), writer.filled(1, [100]));
});

test('constants keep what their precision can hold', () => {
  const third = (target: Target) => {
    const { initializer } = decoded(toModel({ y: mul(source('x', []), 1 / 3) }, { target }).bytes).graph;
    const { buffer, byteOffset } = initializer[0].rawData;
    const view = new DataView(buffer, byteOffset);
    return target.precision === 'float64' ? view.getFloat64(0, true) : view.getFloat32(0, true);
  };
  assert.equal(third(float64), 1 / 3);
  assert.equal(third(cpu), Math.fround(1 / 3));
});

test('an error names the op, the layer and the shapes', () => {
  const [x, w] = [source('x', [2, 3]), source('w', [4])];
  assert.throws(() => labelled('seg.fc8', () => add(x, w)), {
    message: 'add in seg.fc8 of [2, 3], [4]: [2, 3] and [4] do not broadcast',
  });
  assert.throws(() => add(x, w), { message: 'add of [2, 3], [4]: [2, 3] and [4] do not broadcast' });
  assert.throws(() => constant(Float32Array.of(1, 2), [3]), /2 values for a constant of shape \[3\]/);
});
