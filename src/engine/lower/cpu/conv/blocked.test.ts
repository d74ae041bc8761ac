import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { distance, distinct } from '../../../gradients.test.support.js';
import {
  conv2d,
  cpuTarget,
  gradients,
  mul,
  type Shape,
  source,
  sum,
  type Tensor,
  toModel,
  type WindowOptions,
} from '../../../index.js';
import { ModelProtoSchema } from '../../../onnx/onnx_pb.js';
import { agree, convolved } from '../../../runtime/convolution-block.js';
import { nodeRuntime } from '../../../runtime/node.js';

const runtime = nodeRuntime({ threads: 1 });
const block = (await runtime.target?.())?.capabilities.blockedConvolution ?? 0;
const skip = block === 0 ? 'the runtime has no blocked convolution on this processor' : false;

async function run(outputs: Record<string, Tensor>, inputs: readonly (readonly [string, Shape])[], used: number) {
  const { bytes } = toModel(outputs, { target: cpuTarget({ block: used }) });
  const session = await runtime.open(bytes);
  const feeds = Object.fromEntries(
    inputs.map(([name, shape], slot) => [
      name,
      { dtype: 'float32' as const, shape, data: Float32Array.from(distinct(shape, undefined, slot).values) },
    ]),
  );
  const found = await session.run(feeds);
  await session.close();
  const { graph } = fromBinary(ModelProtoSchema, bytes);
  return { found, blocked: graph?.node.filter(({ opType }) => opType === 'ReorderInput').length };
}

interface Case {
  readonly title: string;
  readonly x: Shape;
  readonly outputs: number;
  readonly options: WindowOptions;
  readonly bias?: boolean;
  /** Convolutions of the three (forward, by the input, by the weights) that are written in blocks. */
  readonly blocked: number;
}

const CASES: readonly Case[] = [
  { title: '3x3', x: [2, 32, 21, 23], outputs: 64, options: { padding: 1 }, blocked: 2 },
  { title: 'with a bias', x: [1, 64, 20, 20], outputs: 32, options: { padding: 1 }, bias: true, blocked: 2 },
  { title: 'dilated', x: [2, 32, 24, 20], outputs: 32, options: { padding: 2, dilation: 2 }, blocked: 2 },
  { title: 'without padding', x: [1, 32, 24, 24], outputs: 32, options: {}, blocked: 2 },
  { title: 'padded on two sides', x: [1, 32, 20, 22], outputs: 32, options: { padding: [2, 0, 0, 2] }, blocked: 2 },
  { title: 'a small map', x: [1, 32, 12, 12], outputs: 32, options: { padding: 1 }, blocked: 0 },
  { title: 'channels that fill no block', x: [1, 32, 20, 20], outputs: 12, options: { padding: 1 }, blocked: 0 },
  { title: 'stride 2', x: [1, 32, 40, 40], outputs: 32, options: { padding: 1, stride: 2 }, blocked: 0 },
];

for (const { title, x: shape, outputs: o, options, bias, blocked } of CASES) {
  test(`a convolution in blocks and its gradients are those without: ${title}`, { skip }, async () => {
    const inputs: [string, Shape][] = [
      ['x', shape],
      ['w', [o, shape[1], 3, 3]],
    ];
    const [x, w] = inputs.map(([name, size]) => source(name, size));
    if (bias) inputs.push(['b', [o]]);
    const y = conv2d(x, w, bias ? source('b', [o]) : null, options);
    inputs.push(['dy', y.shape]);
    const [dx, dw] = gradients(sum(mul(y, source('dy', y.shape))), [x, w]);
    const plain = await run({ y, dx, dw }, inputs, 0);
    const blocks = await run({ y, dx, dw }, inputs, block);
    assert.equal(plain.blocked, 0);
    assert.equal(blocks.blocked, blocked);
    for (const name of ['y', 'dx', 'dw'] as const) {
      const [found, wanted] = [blocks, plain].map((side) => Array.from(side.found[name].data, Number));
      assert.ok(distance(found, wanted) < 1e-6, `${name} is off by ${distance(found, wanted)}`);
    }
  });
}

test('a wrong number of channels a block is noticed', { skip }, async () => {
  const plain = await convolved(runtime, 0);
  assert.ok(agree(plain, await convolved(runtime, block)));
  assert.ok(!agree(plain, await convolved(runtime, block === 16 ? 8 : 16)));
});
