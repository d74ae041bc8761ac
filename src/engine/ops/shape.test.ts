import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allTargets, evaluate } from '../gradients.test.support.js';
import { cast, constant, gradients, mul, type Shape, source, sum, type Tensor } from '../index.js';
import { expand, reshape } from './broadcasting.js';
import { gather, oneHot } from './gather.js';
import { matmul } from './matmul.js';
import { argMax, max, mean } from './reduce.js';
import { concat, pad, slice, transpose } from './shape.js';

const counting = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Values and gradient of an op of the numbers 0 1 2 ..., for the loss sum of (1 2 3 ...) y. */
async function holds(shape: Shape, op: (x: Tensor) => Tensor, wanted: { shape: Shape; y: number[]; dx: number[] }) {
  const x = source('x', shape);
  const y = op(x);
  assert.deepEqual(y.shape, wanted.shape);
  const [dx] = gradients(sum(mul(y, source('dy', y.shape))), [x]);
  const feeds = { x: counting(wanted.dx.length), dy: counting(wanted.y.length).map((i) => i + 1) };
  for (const target of allTargets)
    assert.deepEqual(await evaluate({ y, dx }, feeds, target), { y: wanted.y, dx: wanted.dx });
}

test('slices with and without steps, and zeros where nothing was read', async () => {
  await holds([2, 4], (x) => slice(x, { axis: 1, start: 1, end: 3 }), {
    shape: [2, 2],
    y: [1, 2, 5, 6],
    dx: [0, 1, 2, 0, 0, 3, 4, 0],
  });
  await holds([7], (x) => slice(x, { axis: 0, start: 1, end: 6, step: 3 }), {
    shape: [2],
    y: [1, 4],
    dx: [0, 1, 0, 0, 2, 0, 0],
  });
  await holds(
    [3, 5],
    (x) => slice(x, { axis: -1, start: 0, end: 5, step: 2 }, { axis: 0, start: 0, end: 3, step: 2 }),
    {
      shape: [2, 3],
      y: [0, 2, 4, 10, 12, 14],
      dx: [1, 0, 2, 0, 3, 0, 0, 0, 0, 0, 4, 0, 5, 0, 6],
    },
  );
});

test('padding, joining and moving axes', async () => {
  await holds([2, 2], (x) => pad(x, [0, 1], [1, 0], 9), {
    shape: [3, 3],
    y: [9, 0, 1, 9, 2, 3, 9, 9, 9],
    dx: [2, 3, 5, 6],
  });
  await holds([2, 1, 2], (x) => concat([x, x], 1), {
    shape: [2, 2, 2],
    y: [0, 1, 0, 1, 2, 3, 2, 3],
    dx: [1 + 3, 2 + 4, 5 + 7, 6 + 8],
  });
  await holds([2, 3], (x) => transpose(x, [1, 0]), { shape: [3, 2], y: [0, 3, 1, 4, 2, 5], dx: [1, 3, 5, 2, 4, 6] });
  await holds([1, 2, 3], (x) => transpose(x, [2, 0, 1]), {
    shape: [3, 1, 2],
    y: [0, 3, 1, 4, 2, 5],
    dx: [1, 3, 5, 2, 4, 6],
  });
  await holds([2, 3], (x) => reshape(x, [3, 1, 2]), { shape: [3, 1, 2], y: counting(6), dx: [1, 2, 3, 4, 5, 6] });
  await holds([2, 1], (x) => expand(x, [2, 2, 3]), {
    shape: [2, 2, 3],
    y: [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1],
    dx: [1 + 2 + 3 + 7 + 8 + 9, 4 + 5 + 6 + 10 + 11 + 12],
  });
});

test('reductions over the axes that are named; of several largest ones each has an equal part', async () => {
  await holds([2, 3], (x) => sum(x, [0]), { shape: [3], y: [3, 5, 7], dx: [1, 2, 3, 1, 2, 3] });
  await holds([2, 2], (x) => mean(x, [-1], true), { shape: [2, 1], y: [0.5, 2.5], dx: [0.5, 0.5, 1, 1] });
  await holds([2, 2], (x) => max(x, [0]), { shape: [2], y: [2, 3], dx: [0, 0, 1, 2] });
  const x = source('x', [4]);
  const y = max(x);
  const [dx] = gradients(y, [x]);
  assert.deepEqual(await evaluate({ y, dx, at: argMax(x, 0) }, { x: [5, 1, 5, 2] }), {
    y: [5],
    dx: [0.5, 0, 0.5, 0],
    at: [0],
  });
  assert.equal(sum(x, []), x);
});

test('looking up by index adds the gradients of an index that is used twice', async () => {
  const indices = cast(constant(Float32Array.of(2, 0, 2), [3]), 'int64');
  await holds([3, 2], (x) => gather(x, indices, 0), {
    shape: [3, 2],
    y: [4, 5, 0, 1, 4, 5],
    dx: [3, 4, 0, 0, 1 + 5, 2 + 6],
  });
  await holds([2, 3], (x) => gather(x, indices, 1), {
    shape: [2, 3],
    y: [2, 0, 2, 5, 3, 5],
    dx: [2, 0, 1 + 3, 5, 0, 4 + 6],
  });
});

test('a class that does not exist has no hot channel', async () => {
  const y = oneHot(source('x', [1, 1, 1, 4], 'int32'), 3, 1);
  assert.deepEqual(y.shape, [1, 3, 1, 4]);
  const found = await evaluate({ y }, { x: [0, 2, 255, -1] });
  assert.deepEqual(found.y, [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
});

test('matrix products with either operand transposed', async () => {
  const [a, b] = [source('a', [2, 2]), source('b', [2, 2])];
  const outputs = {
    plain: matmul(a, b),
    first: matmul(a, b, { a: true }),
    second: matmul(a, b, { b: true }),
    bothTransposed: matmul(a, b, { a: true, b: true }),
  };
  for (const target of allTargets)
    assert.deepEqual(await evaluate(outputs, { a: [1, 2, 3, 4], b: [5, 6, 7, 8] }, target), {
      plain: [19, 22, 43, 50],
      first: [26, 30, 38, 44],
      second: [17, 23, 39, 53],
      bothTransposed: [23, 31, 34, 46],
    });
});

test('what does not fit is refused with the op and the shapes', () => {
  const x = source('x', [2, 3]);
  assert.throws(() => reshape(x, [4, 2]), /reshape of \[2, 3\]: cannot be read as \[4, 2\]/);
  assert.throws(() => transpose(x, [0, 0]), /transpose of \[2, 3\]: \[0,0\] is no order of its axes/);
  assert.throws(() => expand(x, [4, 2, 5]), /expand of \[2, 3\]: cannot be repeated to \[4, 2, 5\]/);
  assert.throws(
    () => concat([x, source('y', [3, 3])], 1),
    /concat of \[2, 3\], \[3, 3\]: shapes may differ along axis 1 only/,
  );
  assert.throws(
    () => slice(x, { axis: 1, start: 2, end: 4 }),
    /slice of \[2, 3\]: no elements 2 to 4 by 1 along axis 1/,
  );
  assert.throws(() => pad(x, [0, -1], [0, 0]), /pad of \[2, 3\]: padding may not be negative/);
  assert.throws(() => matmul(x, x), /matmul of \[2, 3\], \[2, 3\]: inner sizes 3 and 2 differ/);
  assert.throws(() => sum(x, [2]), /axis 2 of a tensor of shape \[2, 3\]/);
  assert.throws(() => gather(x, x, 0), /gather of \[2, 3\], \[2, 3\]: indices must be a vector/);
  assert.throws(() => oneHot(x, 4, 1), /oneHot of \[2, 3\]: axis 1 must have size 1/);
});
