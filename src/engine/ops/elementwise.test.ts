import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allTargets, distance, evaluate, holds } from '../gradients.test.support.js';
import { gradients, source, sum, type Tensor } from '../index.js';
import * as ops from './elementwise.js';
import { logSoftmax, softmax } from './softmax.js';

test('functions of one number have the values of the mathematics', async () => {
  await holds('exp', ops.exp, [0, 1], [1, Math.E], [1, Math.E]);
  await holds('log', ops.log, [1, Math.E], [0, 1], [1, 1 / Math.E]);
  await holds('sqrt', ops.sqrt, [4, 9], [2, 3], [1 / 4, 1 / 6]);
  await holds('square', ops.square, [3, -4], [9, 16], [6, -8]);
  await holds('tanh', ops.tanh, [0, 0.5], [0, 0.46211715726], [1, 0.786447732966]);
  await holds('neg', ops.neg, [2, -3], [-2, 3], [-1, -1]);
});

test('at kinks the gradient is the one that the documentation names', async () => {
  await holds('relu', ops.relu, [-2, 0, 3], [0, 0, 3], [0, 0, 1]);
  await holds('abs', ops.abs, [-2, 0, 3], [2, 0, 3], [-1, 0, 1]);
  await holds('clip', (x) => ops.clip(x, -1, 2), [-3, -1, 0, 2, 5], [-1, -1, 0, 2, 2], [0, 1, 1, 1, 0]);
});

test('where operands tie, the first has the whole gradient of maximum and minimum', async () => {
  const [a, b] = [source('a', [3]), source('b', [3])];
  const feeds = { a: [1, 2, 3], b: [2, 2, 2] };
  for (const [op, y, da, db] of [
    [ops.maximum, [2, 2, 3], [0, 1, 1], [1, 0, 0]],
    [ops.minimum, [1, 2, 2], [1, 1, 0], [0, 0, 1]],
  ] as const) {
    const value = op(a, b);
    const [gradientA, gradientB] = gradients(sum(value), [a, b]);
    for (const target of allTargets)
      assert.deepEqual(await evaluate({ y: value, da: gradientA, db: gradientB }, feeds, target), { y, da, db });
  }
});

test('sigmoid and softplus neither overflow nor become NaN far from 0', async () => {
  await holds('sigmoid', ops.sigmoid, [-1000, -100, 0, 100, 1000], [0, 0, 0.5, 1, 1], [0, 0, 0.25, 0, 0]);
  await holds('softplus', ops.softplus, [-1000, -100, 0, 100, 1000], [0, 0, Math.LN2, 100, 1000], [0, 0, 0.5, 1, 1]);
  await holds('softplus of -10', ops.softplus, [-10], [4.5398899e-5], [4.5397869e-5], 2e-3);
});

test('softmax and its logarithm stand logits of 1e4', async () => {
  const x = [1e4, 1e4 - 1, -1e4, 0];
  const probability = 1 / (1 + Math.exp(-1));
  const first = (y: Tensor) => ops.mul(y, onlyFirst);
  const onlyFirst = source('pick', [4]);
  const xs = source('x', [4]);
  for (const target of allTargets) {
    const feeds = { x, pick: [1, 0, 0, 0] };
    const [p, l] = [softmax(xs, 0), logSoftmax(xs, 0)];
    const [dp] = gradients(sum(first(p)), [xs]);
    const [dl] = gradients(sum(first(l)), [xs]);
    const found = await evaluate({ p, l, dp, dl }, feeds, target);
    assert.ok(distance(found.p, [probability, 1 - probability, 0, 0]) < 1e-6);
    assert.ok(
      distance(found.l, [
        Math.log(probability),
        Math.log(1 - probability),
        -2e4 + Math.log(probability),
        -1e4 + Math.log(probability),
      ]) < 1e-6,
    );
    assert.ok(distance(found.dp, [probability * (1 - probability), -probability * (1 - probability), 0, 0]) < 1e-6);
    assert.ok(distance(found.dl, [1 - probability, -(1 - probability), 0, 0]) < 1e-6);
  }
});

test('softmax is taken along the axis that is named', async () => {
  const x = source('x', [2, 2]);
  const logits = [0, Math.log(3), Math.log(2), 0];
  const outputs = { rows: softmax(x, 1), columns: softmax(x, 0), logarithm: logSoftmax(x, -1) };
  for (const target of allTargets) {
    const found = await evaluate(outputs, { x: logits }, target);
    assert.ok(distance(found.rows, [1 / 4, 3 / 4, 2 / 3, 1 / 3]) < 1e-6);
    assert.ok(distance(found.columns, [1 / 3, 3 / 4, 2 / 3, 1 / 4]) < 1e-6);
    assert.ok(distance(found.logarithm, [1 / 4, 3 / 4, 2 / 3, 1 / 3].map(Math.log)) < 1e-6);
  }
});

test('comparisons, casts and a choice between numbers', async () => {
  const x = source('x', [3]);
  const outputs = {
    greater: ops.cast(ops.greater(x, 1), 'float32'),
    less: ops.cast(ops.less(x, 1), 'float32'),
    differs: ops.cast(ops.notEqual(x, 1), 'float32'),
    whole: ops.cast(ops.cast(x, 'int32'), 'float32'),
    chosen: ops.where(ops.equal(x, 1), 7, x),
  };
  for (const target of allTargets)
    assert.deepEqual(await evaluate(outputs, { x: [-2.7, 1, 2.7] }, target), {
      greater: [0, 0, 1],
      less: [1, 0, 0],
      differs: [1, 0, 1],
      whole: [-2, 1, 2],
      chosen: [-2.7, 7, 2.7].map((v) => (target.precision === 'float32' ? Math.fround(v) : v)),
    });
});

test('shapes that do not broadcast and types that do not mix are refused', () => {
  const [a, b] = [source('a', [2, 3]), source('b', [2])];
  assert.throws(() => ops.add(a, b), /add of \[2, 3\], \[2\]: \[2, 3\] and \[2\] do not broadcast/);
  assert.throws(
    () => ops.mul(a, source('i', [3], 'int32')),
    /mul of \[2, 3\], \[3\]: float32 and int32 do not mix: cast one/,
  );
  assert.throws(() => ops.equal(source('l', [3], 'int64'), 1), /equal of .*: int64 and float32 do not mix/);
  assert.throws(() => ops.where(a, a, a), /where .*: the condition is float32, not bool/);
  assert.throws(() => ops.addAll([a, b]), /one shape/);
});
