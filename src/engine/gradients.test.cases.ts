/** For tests: what the gradients of every op are checked on. */
import { alone, at, broadcasting, type Case, distinctAt, given, positive, spread } from './gradients.test.inputs.js';
import { windowCases } from './gradients.test.windows.js';
import type { Shape, Tensor } from './index.js';
import * as nn from './index.js';

const SIZES: readonly (readonly [Shape, number, number])[] = [
  [[1, 2, 3, 5], 7, 9],
  [[2, 1, 7, 6], 4, 4],
  [[3, 1, 5, 4], 3, 8],
  [[1, 1, 1, 1], 3, 2],
  [[1, 1, 4, 3], 1, 1],
];
const resizes = (name: string, resize: (x: Tensor, h: number, w: number) => Tensor) =>
  SIZES.map(([x, h, w]) => at(`${name}, [${x}] to ${h}x${w}`, [x], (a) => resize(a, h, w)));

const batchNorms = (tuning: Case['tuning']): Case[] => {
  const normalised = (x: Tensor, gamma: Tensor, beta: Tensor) => nn.batchNormTraining(x, gamma, beta, 1e-3).y;
  const list = [
    at('batch 3, odd size', [[3, 2, 3, 5], positive([2], 1), [2]], normalised),
    at('batch 1', [[1, 3, 5, 7], positive([3], 1), [3]], normalised),
    at('wide features', [spread([2, 2, 4, 3], 30), positive([2], 1), [2]], normalised),
    at('followed by another', [[2, 2, 3, 4], positive([2], 1), [2]], (x, g, b) =>
      normalised(nn.relu(normalised(x, g, b)), g, b),
    ),
  ];
  return list.map((one) => ({ ...one, tuning }));
};

/** Graphs that use each op with a gradient, by the op's name. */
export const cases: Record<string, readonly Case[]> = {
  ...windowCases,
  atLeastPixels: [at('an image of that size', [[1, 2, 3, 4]], (x) => nn.atLeastPixels(x, 3))],
  add: broadcasting(nn.add),
  sub: broadcasting(nn.sub),
  mul: broadcasting(nn.mul),
  div: broadcasting(nn.div, (shape, slot) => (slot ? positive(shape, slot) : distinctAt(shape))),
  maximum: broadcasting(nn.maximum),
  minimum: broadcasting(nn.minimum),
  neg: alone(nn.neg),
  exp: alone(nn.exp),
  log: alone(nn.log, positive),
  sqrt: alone(nn.sqrt, positive),
  abs: alone(nn.abs),
  tanh: alone(nn.tanh, (shape) => spread(shape, 3)),
  relu: alone(nn.relu),
  relu6: alone(nn.relu6, (shape) => spread(shape, 10.07)), // beyond 6 and below 0
  sigmoid: [
    ...alone(nn.sigmoid),
    // y (1 - y) is exact to float32's rounding of 1, a few parts in 1e4 of what is left of it at 8.
    at('far from 0', [given(-100, -30, -8, 8, 30, 100)], nn.sigmoid, 1e-3),
  ],
  softplus: [...alone(nn.softplus), at('far from 0', [given(-100, -30, -8, 8, 30, 100)], nn.softplus)],
  clip: alone((x) => nn.clip(x, -0.505, 0.305)),
  where: [
    at('operands that broadcast', [[2, 3], [3], [2, 1]], (c, a, b) => nn.where(nn.greater(c, 0), a, b)),
    at('a condition that broadcasts', [[3, 1], [2, 3, 4], [4]], (c, a, b) => nn.where(nn.less(c, 0.1), a, b)),
    at('numbers for operands', [[4], [4]], (c, a) =>
      nn.where(nn.logicalNot(nn.equal(c, c)), 5, nn.where(nn.greater(c, 0), a, 2)),
    ),
  ],
  matmul: [
    at(
      'plain',
      [
        [3, 4],
        [4, 5],
      ],
      (a, b) => nn.matmul(a, b),
    ),
    at(
      'first transposed',
      [
        [4, 3],
        [4, 5],
      ],
      (a, b) => nn.matmul(a, b, { a: true }),
    ),
    at(
      'second transposed',
      [
        [3, 4],
        [5, 4],
      ],
      (a, b) => nn.matmul(a, b, { b: true }),
    ),
    at(
      'both transposed',
      [
        [4, 3],
        [5, 4],
      ],
      (a, b) => nn.matmul(a, b, { a: true, b: true }),
    ),
    at(
      'a batch',
      [
        [2, 3, 3, 4],
        [2, 3, 4, 2],
      ],
      (a, b) => nn.matmul(a, b),
    ),
    at(
      'batches that broadcast',
      [
        [2, 1, 4, 3],
        [3, 2, 4],
      ],
      (a, b) => nn.matmul(a, b, { a: true, b: true }),
    ),
    at(
      'a matrix for every image',
      [
        [2, 3],
        [2, 2, 4, 3],
      ],
      (a, b) => nn.matmul(a, b, { b: true }),
    ),
  ],
  softmax: [
    ...[0, 1, -1].map((axis) => at(`axis ${axis}`, [[3, 4, 5]], (x) => nn.softmax(x, axis))),
    at('far logits', [spread([2, 3], 6)], (x) => nn.softmax(x, 1)),
  ],
  logSoftmax: [
    ...[0, 1, -1].map((axis) => at(`axis ${axis}`, [[3, 4, 5]], (x) => nn.logSoftmax(x, axis))),
    at('logits of 1e4', [spread([2, 5], 1e4)], (x) => nn.logSoftmax(x, 1)),
  ],
  sum: [
    at('all axes', [[2, 3, 4]], (x) => nn.sum(x)),
    at('the first and the last axis', [[2, 3, 4]], (x) => nn.sum(x, [-1, 0])),
    at('kept axes', [[2, 3, 4]], (x) => nn.sum(x, [1], true)),
  ],
  mean: [
    at('all axes', [[2, 3, 4]], (x) => nn.mean(x)),
    at('the last two axes', [[2, 3, 4]], (x) => nn.mean(x, [1, 2])),
    at('kept axes', [[2, 3, 4]], (x) => nn.mean(x, [0, 1], true)),
  ],
  max: [
    at('all axes', [[2, 3, 4]], (x) => nn.max(x)),
    at('the middle axis', [[2, 3, 4]], (x) => nn.max(x, [1])),
    at('kept axes', [[2, 3, 4]], (x) => nn.max(x, [0, 2], true)),
  ],
  reshape: [at('fewer axes', [[2, 3, 4]], (x) => nn.reshape(x, [6, 4]))],
  expand: [
    at('an axis of size 1', [[3, 1]], (x) => nn.expand(x, [3, 4])),
    at('new axes in front', [[3, 1]], (x) => nn.expand(x, [2, 5, 3, 4])),
    at('a scalar', [[]], (x) => nn.expand(x, [2, 3])),
  ],
  transpose: [
    at('a matrix', [[3, 4]], (x) => nn.transpose(x, [1, 0])),
    at('a cycle of four axes', [[2, 3, 4, 5]], (x) => nn.transpose(x, [2, 0, 3, 1])),
  ],
  concat: [
    at(
      'channels',
      [
        [2, 1, 3, 2],
        [2, 3, 3, 2],
        [2, 2, 3, 2],
      ],
      (...xs) => nn.concat(xs, 1),
    ),
    at('one tensor twice', [[2, 3]], (x) => nn.concat([x, x], -1)),
  ],
  slice: [
    at('two axes', [[4, 5, 3]], (x) => nn.slice(x, { axis: 0, start: 1, end: 3 }, { axis: -1, start: 1, end: 3 })),
    at('a step of 2 that ends early', [[7, 3]], (x) => nn.slice(x, { axis: 0, start: 1, end: 6, step: 2 })),
    at('a step of 3 that ends on the edge', [[2, 7]], (x) => nn.slice(x, { axis: 1, start: 0, end: 7, step: 3 })),
    at('a step beyond the end', [[2, 7]], (x) => nn.slice(x, { axis: 1, start: 3, end: 5, step: 4 })),
    at('steps on two axes', [[2, 8, 9]], (x) =>
      nn.slice(x, { axis: 1, start: 1, end: 8, step: 3 }, { axis: 2, start: 2, end: 9, step: 2 }),
    ),
    at('a step on one axis only', [[5, 6]], (x) =>
      nn.slice(x, { axis: 0, start: 1, end: 4 }, { axis: 1, start: 0, end: 6, step: 2 }),
    ),
  ],
  pad: [at('every axis, a value of 3', [[2, 3, 2]], (x) => nn.pad(x, [1, 0, 2], [0, 3, 1], 3))],
  gather: [
    at('an index twice, another never', [[4, 3]], (x) => nn.gather(x, integers([3, 0, 3, 1]), 0)),
    at('the last axis', [[2, 3, 5]], (x) => nn.gather(x, integers([4, 4, 4, 0, 2, 1]), -1)),
  ],
  resize: [
    ...(['half-pixel', 'legacy', 'align-corners'] as const).flatMap((coordinates) =>
      resizes(`bilinear, ${coordinates}`, (x, h, w) => nn.resizeBilinear(x, h, w, coordinates)),
    ),
    at(
      'to the size of another tensor',
      [
        [2, 2, 3, 4],
        [1, 1, 5, 3],
      ],
      (x, like) => nn.resizeLike(x, like, 'half-pixel'),
    ),
  ],
  resampleCells: [
    at('from cells at 4 i + 1 to those at 2 i', [[2, 2, 9, 13]], (image) => {
      const pixels = nn.asPixels(image);
      const coarse = nn.avgPool(pixels, 3, { stride: 4 });
      return nn.resizeLike(coarse, nn.avgPool(pixels, 3, { stride: 2, padding: 1 }));
    }),
  ],
  batchNormTraining: [...batchNorms({}), ...batchNorms({ mostInOneNode: 0 }), ...batchNorms({ largeMap: 1 })],
  batchNorm: [
    at('batch 3', [[3, 2, 3, 4], positive([2], 1), [2], [2], positive([2], 2)], (x, gamma, beta, mean, variance) =>
      nn.batchNorm(x, gamma, beta, mean, variance, 1e-3),
    ),
  ],
};

/** A vector of indices, as a graph that takes no other input can make it. */
const integers = (values: readonly number[]): Tensor =>
  nn.cast(nn.constant(Float32Array.from(values), [values.length]), 'int64');
