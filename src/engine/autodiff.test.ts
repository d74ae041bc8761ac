import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from './gradients.test.support.js';
import {
  add,
  conv2d,
  div,
  float64,
  gradients,
  greater,
  labelled,
  mul,
  relu,
  sign,
  source,
  square,
  stopGradient,
  sum,
  where,
} from './index.js';
import { nodesOf } from './tensor.js';

test('what reaches a tensor by several ways is added', async () => {
  const x = source('x', [2]);
  const y = mul(x, 3);
  const [dx, dy] = gradients(sum(add(add(square(y), y), x)), [x, y]); // y = 3 x: dy = 2 y + 1, dx = 3 dy + 1
  assert.deepEqual(await evaluate({ dx, dy }, { x: [1, -2] }), { dx: [22, -32], dy: [7, -11] });
});

test('a tensor that is both operands of an op has the gradients of both', async () => {
  const x = source('x', [3]);
  const [product] = gradients(sum(mul(x, x)), [x]);
  const [quotient] = gradients(sum(div(x, x)), [x]);
  const [fourth] = gradients(sum(square(square(x))), [x]);
  assert.deepEqual(await evaluate({ product, quotient, fourth }, { x: [1, 2, -3] }), {
    product: [2, 4, -6],
    quotient: [0, 0, 0],
    fourth: [4, 32, -108],
  });
});

test('a tensor that the loss does not depend on has a gradient of zeros', async () => {
  const [x, y, mask] = [source('x', [2]), source('y', [3]), source('mask', [2])];
  const loss = sum(add(stopGradient(mul(x, 2)), where(greater(mask, 0), x, 1)));
  const [dx, dy, dmask] = gradients(loss, [x, y, mask]);
  assert.deepEqual(await evaluate({ dx, dy, dmask }, { x: [5, 6], mask: [1, -1] }), {
    dx: [1, 0],
    dy: [0, 0, 0],
    dmask: [0, 0],
  });
});

test('a diamond of many levels takes a walk, not a tree of all its paths', async () => {
  const x = source('x', []);
  let y = x;
  for (let i = 0; i < 40; i++) y = add(y, y);
  const [dx] = gradients(y, [x]);
  assert.ok(nodesOf([dx]).length < 100);
  assert.deepEqual((await evaluate({ dx }, { x: [1] }, float64)).dx, [2 ** 40]);
});

test('the loss itself and a gradient of a gradient', async () => {
  const x = source('x', []);
  const cube = mul(square(x), x);
  const [self] = gradients(cube, [cube]);
  const [first] = gradients(cube, [x]);
  const [second] = gradients(first, [x]);
  assert.deepEqual(await evaluate({ self, first, second }, { x: [5] }), { self: [1], first: [75], second: [30] });
});

test('a second derivative that no rule knows is refused, and one that is zero is zero', async () => {
  const [x, w] = [source('x', [1, 2, 5, 5]), source('w', [3, 2, 3, 3])];
  const y = labelled('seg.conv1', () => conv2d(x, w));
  const [dx] = gradients(sum(square(y)), [x]);
  assert.throws(
    () => gradients(sum(square(dx)), [w]),
    /convInputGradient in seg\.conv1' cannot be differentiated: .* second derivative/,
  );
  const z = source('z', [3]);
  const [dz] = gradients(sum(relu(z)), [z]); // 1 where z > 0: its derivative is 0
  const [second] = gradients(sum(mul(dz, 2)), [z]);
  assert.deepEqual((await evaluate({ second }, { z: [1, -1, 2] })).second, [0, 0, 0]);
});

test('an op without a gradient rule is no fault where only a derivative of zero leads to it', async () => {
  const [x, z, w] = [source('x', [1, 3, 3, 3]), source('z', [1, 2, 5, 5]), source('w', [3, 2, 3, 3])];
  const [unruly] = gradients(sum(mul(conv2d(z, w), sign(x))), [z]); // convInputGradient of sign(x)
  const [dx] = gradients(sum(unruly), [x]);
  assert.deepEqual((await evaluate({ dx }, { x: new Array(27).fill(2) })).dx, new Array(27).fill(0));
});

test('nodes of a gradient carry the label of what they are the gradient of', () => {
  const x = source('x', [2]);
  const loss = labelled('layer', () => sum(square(x)));
  const [dx] = gradients(loss, [x]);
  assert.equal(dx.node.label, "layer'");
});

test('a gradient of anything but a scalar is refused', () => {
  const x = source('x', [2]);
  assert.throws(() => gradients(square(x), [x]), /a gradient is taken of a scalar, not of shape \[2\]/);
});
