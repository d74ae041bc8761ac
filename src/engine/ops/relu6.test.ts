import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradients } from '../autodiff.js';
import { holds } from '../gradients.test.support.js';
import { clip, nodesOf, relu6, source, sum, type Tensor } from '../index.js';

test('ReLU6 ends at 0 and at 6, where its gradient is 0, and makes infinities finite', async () => {
  const x = [-Infinity, -2, 0, 0.5, 5.5, 6, 7, Infinity];
  await holds('relu6', relu6, x, [0, 0, 0, 0.5, 5.5, 6, 6, 6], [0, 0, 0, 1, 1, 0, 0, 0]);
});

test('its gradient reads its result, not its input, which training need not keep', () => {
  const x = source('x', [2, 3]);
  const readersOfX = (f: (x: Tensor) => Tensor) =>
    nodesOf(gradients(sum(f(x)), [x]))
      .filter(({ inputs }) => inputs.includes(x))
      .map(({ rules }) => rules.name);
  assert.deepEqual(readersOfX(relu6), ['relu6']);
  assert.deepEqual(
    readersOfX((y) => clip(y, 0, 6)),
    ['clip', 'equal'],
  );
});
