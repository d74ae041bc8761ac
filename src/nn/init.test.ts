import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.js';
import { diagonal, filled, heNormal, mixture, xavierUniform } from './init.js';
import type { Initializer } from './scope.js';

function first(initializer: Initializer, ...shape: number[]): Float32Array {
  const values = new Float32Array(shape.reduce((product, n) => product * n, 1));
  initializer(values, shape, new Random('init'));
  return values;
}

const moments = (values: Float32Array) => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length };
};

test('a mixture of two tasks weighs the own features with alpha, the others with beta', () => {
  // Two channels a task: rows are outputs, columns own1 own2 other1 other2 in the order of the tasks.
  const of = (index: number) => first(mixture(index, 0.75, 0.125), 2, 4, 1, 1);
  assert.deepEqual([...of(0)], [0.75, 0, 0.125, 0, 0, 0.75, 0, 0.125]);
  assert.deepEqual([...of(1)], [0.125, 0, 0.75, 0, 0, 0.125, 0, 0.75]);
});

test('a mixture of three tasks shares beta equally among the other two', () => {
  const of = (index: number) => first(mixture(index, 0.75, 0.5), 2, 6, 1, 1);
  assert.deepEqual([...of(0)], [0.75, 0, 0.25, 0, 0.25, 0, 0, 0.75, 0, 0.25, 0, 0.25]);
  assert.deepEqual([...of(1)], [0.25, 0, 0.75, 0, 0.25, 0, 0, 0.25, 0, 0.75, 0, 0.25]);
  assert.deepEqual([...of(2)], [0.25, 0, 0.25, 0, 0.75, 0, 0, 0.25, 0, 0.25, 0, 0.75]);
});

test('a mixture of one task is that task', () => {
  assert.deepEqual([...first(mixture(0, 0.75, 0.5), 2, 2, 1, 1)], [0.75, 0, 0, 0.75]);
});

test('a diagonal has its own value there, and the others of a row share theirs equally', () => {
  assert.deepEqual([...first(diagonal(0.75, 0.5), 3, 3)], [0.75, 0.25, 0.25, 0.25, 0.75, 0.25, 0.25, 0.25, 0.75]);
  assert.deepEqual([...first(diagonal(0.75, 0.5), 2, 2, 2)], [0.75, 0.75, 0.5, 0.5, 0.5, 0.5, 0.75, 0.75]);
  assert.deepEqual([...first(diagonal(0.75, 0.5), 1, 1, 2)], [0.75, 0.75]);
});

test('Xavier weights are uniform between the bounds of both fans', () => {
  // sqrt(6 / ((32 + 16) x 9)) = 0.11785; a uniform distribution has the variance bound^2 / 3 = 2 / 432.
  const values = first(xavierUniform, 32, 16, 3, 3);
  const bound = Math.sqrt(6 / 432);
  const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  assert.ok(largest <= bound && largest > 0.999 * bound, `${largest} of ${bound}`);
  const { mean, variance } = moments(values);
  // Four standard errors of 4608 draws: of the mean sqrt(v / n), of the variance v sqrt(0.8 / n).
  assert.ok(Math.abs(mean) < 4 * Math.sqrt(2 / 432 / 4608), `mean ${mean}`);
  assert.ok(Math.abs(variance / (2 / 432) - 1) < 4 * Math.sqrt(0.8 / 4608), `variance ${variance}`);
});

test('He weights are normal with the variance of the fan-out', () => {
  // 2 / (32 x 9) = 1 / 144; four standard errors of 4608 draws: of the mean sqrt(v / n), of the variance v sqrt(2 / n).
  const { mean, variance } = moments(first(heNormal, 32, 16, 3, 3));
  assert.ok(Math.abs(mean) < 4 * Math.sqrt(1 / 144 / 4608), `mean ${mean}`);
  assert.ok(Math.abs(variance * 144 - 1) < 4 * Math.sqrt(2 / 4608), `variance ${variance}`);
});

test('a filled variable holds one value', () => {
  assert.deepEqual([...first(filled(3), 2, 2)], [3, 3, 3, 3]);
});
