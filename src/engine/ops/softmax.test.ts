import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { allTargets, distance, distinct, evaluate } from '../gradients.test.support.js';
import { softmax, source, toModel, transpose } from '../index.js';
import { ModelProtoSchema } from '../onnx/onnx_pb.js';

test('softmax over channels, in parts, gives the shares that the operator gives along the last axis', async () => {
  const x = source('x', [2, 4, 3, 5]);
  const parts = softmax(x, 1);
  const whole = transpose(softmax(transpose(x, [0, 2, 3, 1]), 3), [0, 3, 1, 2]);
  for (const target of allTargets) {
    const found = await evaluate({ parts, whole }, { x: distinct(x.shape, (v) => 20 * v).values }, target);
    assert.ok(distance(found.parts, found.whole) < 1e-6);
  }
  const { graph } = fromBinary(ModelProtoSchema, toModel({ parts }).bytes);
  assert.ok(!graph?.node.some(({ opType }) => opType === 'Softmax'));
});

test('softmax of extreme logits is neither infinite nor NaN', async () => {
  const logits = [1e4, 1e4, -1e4, 0, -3e38, -3e38, -3e38, -3e38];
  const { y } = await evaluate({ y: softmax(source('x', [2, 4, 1, 1]), 1) }, { x: logits });
  assert.deepEqual(y, [0.5, 0.5, 0, 0, 0.25, 0.25, 0.25, 0.25]);
});
