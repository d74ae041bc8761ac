import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from './gradients.test.support.js';
import {
  add,
  clip,
  constant,
  div,
  exp,
  maximum,
  mul,
  neg,
  relu,
  source,
  sub,
  sum,
  type Tensor,
  toModel,
  transpose,
} from './index.js';
import { constantOp, uniformValue } from './ops/source.js';
import { simplify } from './simplify.js';
import { nodesOf } from './tensor.js';

const countOf = (name: string, ...outputs: Tensor[]) =>
  nodesOf(simplify(outputs)).filter(({ rules }) => rules.name === name).length;

test('equal nodes become one, whatever they hang on', () => {
  const [x, y] = [source('x', [3]), source('y', [3])];
  assert.equal(countOf('exp', exp(x), exp(x)), 1);
  assert.equal(countOf('mul', mul(exp(x), y), mul(exp(x), y)), 1);
  assert.equal(countOf('exp', exp(x), exp(y)), 2);
  assert.equal(countOf('sub', sub(x, y), sub(y, x)), 2);
  assert.equal(countOf('source', add(source('x', [3]), x)), 1);
});

test('nodes that differ in an attribute stay apart, whatever JSON makes of it', () => {
  const x = source('x', [2, 2]);
  assert.equal(countOf('transpose', transpose(x, [1, 0]), transpose(x, [0, 1])), 2);
  assert.equal(countOf('clip', clip(x, Number.NEGATIVE_INFINITY, 1), clip(x, -1, 1)), 2);
  assert.equal(countOf('clip', clip(x, Number.NEGATIVE_INFINITY, 1), clip(x, Number.NaN, 1)), 2);
  assert.equal(countOf('constant', add(x, constant(Infinity, [2, 2])), add(x, constant(-Infinity, [2, 2]))), 2);
});

test('arrays of a constant are the same only when they are one array', () => {
  const array = Float64Array.of(1, 2);
  assert.equal(countOf('constant', constant(array, [2]), constant(array, [2])), 1);
  assert.equal(countOf('constant', constant(array, [2]), constant(array, [1, 2])), 2);
  assert.equal(countOf('constant', constant(array, [2]), constant(Float64Array.of(1, 3), [2])), 2);
});

test('arithmetic between uniform constants is done beforehand', () => {
  const [value] = simplify([add(mul(constant(3, [2, 1]), constant(4, [1, 2])), div(1, 4))]);
  assert.equal(uniformValue(value), 12.25);
  assert.deepEqual(value.shape, [2, 2]);
  assert.equal(uniformValue(simplify([relu(neg(constant(2)))])[0]), 0);
  assert.equal(uniformValue(simplify([maximum(constant(2), constant(5))])[0]), 5);
});

test('adding 0 and multiplying by 1 vanish, on the side where they change nothing', () => {
  const x = source('x', [3]);
  for (const same of [mul(x, 1), mul(1, x), add(x, 0), add(0, x), sub(x, 0), div(x, 1), mul(add(x, 0), 1)])
    assert.equal(simplify([same])[0], x);
  for (const other of [sub(0, x), div(1, x), mul(x, 0), maximum(x, 0)]) assert.notEqual(simplify([other])[0], x);
});

test('a 1 that spreads its operand over a larger shape does not vanish', async () => {
  const x = source('x', [2]);
  const y = mul(x, constant(1, [2, 2]));
  assert.deepEqual((await evaluate({ y }, { x: [3, 4] })).y, [3, 4, 3, 4]);
});

test('what nothing reads is not in the model', () => {
  const x = source('x', [2]);
  exp(neg(x));
  const model = toModel({ y: relu(x) });
  assert.equal(model.nodeCount, 1);
  assert.deepEqual([...toModel({ y: sum(constant(2, [3])) }).inputs.keys()], []);
});

test('a graph computes the same with and without its redundant parts', async () => {
  const x = source('x', [3]);
  const plain = mul(exp(x), relu(x));
  const redundant = add(mul(mul(exp(mul(x, 1)), 1), relu(add(0, x))), mul(constant(0), constant(5)));
  const { y, z } = await evaluate({ y: plain, z: redundant }, { x: [1, -1, 2] });
  assert.deepEqual(y, z);
  const [a, b] = simplify([plain, redundant]);
  assert.equal(a, b);
});

test('an output that is a constant stays one', () => {
  assert.equal(simplify([add(constant(1), constant(2))])[0].node.rules, constantOp);
});
