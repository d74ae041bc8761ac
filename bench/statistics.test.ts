import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitPowerLaw, medianOf } from './statistics.js';

test('the median is the middle value, whatever the order', () => {
  assert.equal(medianOf([9, 1, 10]), 9);
  assert.equal(medianOf([2, 1]), 2);
});

test('a power law is found again, and lies between points that scatter', () => {
  const exact = fitPowerLaw([1, 2, 5].map((x) => [x, 3 * x ** 1.5] as const));
  assert.ok(Math.abs(exact.exponent - 1.5) < 1e-12 && Math.abs(exact.factor - 3) < 1e-12);
  const scattered = fitPowerLaw([
    [1, 1],
    [1, 4],
    [4, 4],
    [4, 16],
  ]);
  assert.ok(Math.abs(scattered.exponent - 1) < 1e-12 && Math.abs(scattered.factor - 2) < 1e-12);
});
