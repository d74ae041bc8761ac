import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { cases } from '../gradients.test.cases.js';
import { gradients, matmul, maxPool, plain, source, sum, type Target, type Tensor, toModel } from '../index.js';
import { ModelProtoSchema } from '../onnx/onnx_pb.js';
import { addAll } from '../ops/index.js';

/** Domains of operators that are in the ONNX standard for every runtime. */
const STANDARD = [''];

const foreignOperators = (outputs: Readonly<Record<string, Tensor>>, target?: Target): string[] => {
  const { graph } = fromBinary(ModelProtoSchema, toModel(outputs, { target }).bytes);
  return (graph?.node ?? []).flatMap(({ domain, opType }) =>
    STANDARD.includes(domain) ? [] : [`${domain}.${opType}`],
  );
};

for (const [name, list] of Object.entries(cases)) {
  test(`on the plain target ${name} and its gradient are operators of the standard domain`, () => {
    for (const { title, inputs, build } of list) {
      const xs = inputs.map(({ shape }, i) => source(`x${i}`, shape));
      const ys = [build(...xs)].flat();
      const outputs = [...ys, ...gradients(addAll(ys.map((y) => sum(y))), xs)];
      const named = Object.fromEntries(outputs.map((output, i) => [`output${i}`, output]));
      assert.deepEqual(foreignOperators(named, plain), [], title);
    }
  });
}

test('a target without indices of max pooling refuses to be asked for them, and names what it lacks', () => {
  const target: Target = { ...plain, name: 'made up', capabilities: { ...plain.capabilities, poolIndices: false } };
  const x = source('x', [1, 1, 6, 6]);
  const y = maxPool(x, 3, { stride: 2 });
  const [dx] = gradients(sum(y), [x]);
  assert.deepEqual(foreignOperators({ y }, target), []);
  assert.throws(() => toModel({ dx }, { target }), /the target made up has no max pooling with indices/);
});

test('on the cpu target a product with a transposed matrix is an operator of the runtime', () => {
  const y = matmul(source('a', [3, 4]), source('b', [5, 4]), { b: true });
  assert.deepEqual(foreignOperators({ y }), ['com.microsoft.FusedMatMul']);
});
