import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formulas, type Value } from '../train/kernel/formula.js';
import { kernel } from '../train/kernel/kernel.js';
import { allTargets, evaluate } from './gradients.test.support.js';
import { add, constant, div, mul, source, sqrt, sub, type Tensor } from './index.js';
import { rewrite } from './rewrite.js';

const formula = <T extends Value<T>>(a: T, b: T, c: T): T => a.times(b).plus(c).over(a.minus(b)).root();

test('a formula is the same on tensors and on the terms of a kernel', async () => {
  const values = { a: [3, 5, 7.5], b: [2, 1, -1], c: [1, 0.25, 8] };
  const wanted = values.a.map((a, i) => Math.sqrt((a * values.b[i] + values.c[i]) / (a - values.b[i])));
  const arrays = { a: Float64Array.from(values.a), b: Float64Array.from(values.b), c: Float64Array.from(values.c) };
  kernel(formulas(['a', 'b', 'c'], [], ({ a, b, c }) => ({ a: formula(a, b, c) })))(arrays, {});
  assert.deepEqual([...arrays.a], wanted);
  const y = formula(source('a', [3]), source('b', [3]), source('c', [3]));
  for (const target of allTargets)
    for (const [i, value] of (await evaluate({ y }, values, target)).y.entries())
      assert.ok(Math.abs(value - wanted[i]) < 1e-6, `${target.name}: ${value}, not ${wanted[i]}`);
});

test('a method adds the node of its function, of the same inputs', () => {
  const [a, b] = [source('a', [2, 3]), source('b', [3])];
  const pairs: [Tensor, Tensor][] = [
    [a.plus(b), add(a, b)],
    [a.minus(b), sub(a, b)],
    [a.times(b), mul(a, b)],
    [a.over(b), div(a, b)],
    [a.root(), sqrt(a)],
  ];
  for (const [{ node, shape }, called] of pairs) {
    assert.equal(node.rules, called.node.rules);
    assert.deepEqual(node.inputs, called.node.inputs);
    assert.deepEqual(shape, called.shape);
  }
});

test('a method takes a number for its operand', async () => {
  const y = constant(3).times(2).plus(1).minus(4).over(6).root();
  assert.ok(Math.abs((await evaluate({ y })).y[0] - Math.sqrt(0.5)) < 1e-6);
});

test('tensors that a rewrite makes have the methods too', () => {
  const x = source('x', [2]);
  const [y] = rewrite([x.times(2).plus(1)], (node, inputs) =>
    node.rules.name === 'mul' ? [inputs[0].plus(inputs[0])] : undefined,
  );
  assert.equal(y.minus(x).node.rules.name, 'sub');
});
