/** For tests: what the gradients of ops on windows of images are checked on. */
import { at, type Case } from './gradients.test.inputs.js';
import type { Shape } from './index.js';
import * as nn from './index.js';

const conv = (
  title: string,
  x: Shape,
  weight: Shape,
  options: nn.WindowOptions & { groups?: number } = {},
  bias = false,
): Case => at(title, bias ? [x, weight, [weight[0]]] : [x, weight], (a, b, c) => nn.conv2d(a, b, c ?? null, options));

const pooled = (title: string, x: Shape, kernel: number | nn.Pair, options: nn.WindowOptions = {}) => ({
  max: at(title, [x], (a) => nn.maxPool(a, kernel, options)),
  avg: at(title, [x], (a) => nn.avgPool(a, kernel, options)),
});
const windows = [
  pooled('3x3 windows that overlap, stride 2, padding 1, odd size', [1, 2, 7, 9], 3, { stride: 2, padding: 1 }),
  pooled('3x3 windows that overlap, stride 1, padding 1, batch 3', [3, 1, 5, 4], 3, { padding: 1 }),
  pooled('2x2 windows side by side', [2, 2, 4, 6], 2, { stride: 2 }),
  pooled('3x2 windows, strides 1 and 3, padding on three sides', [1, 2, 5, 7], [3, 2], {
    stride: [1, 3],
    padding: [2, 1, 1, 0],
  }),
  pooled('a window as large as the map', [3, 2, 3, 5], [3, 5]),
];

const TILINGS: readonly (readonly [Shape, number])[] = [
  [[1, 2, 7, 9], 1],
  [[2, 1, 5, 4], 1],
  [[1, 2, 11, 6], 2],
  [[2, 1, 5, 7], 3],
  [[2, 2, 5, 3], 3],
];
const byTiles = TILINGS.map(
  ([image, dilation]): Case => ({
    ...at(
      `[${image}] to 3 channels by tiles, dilation ${dilation}`,
      [image, [3, image[1], 3, 3]],
      (x, w) => nn.conv2d(x, w, null, { padding: dilation, dilation }),
      3e-5,
    ),
    tuning: { tiles: 'always' },
  }),
);

/** By the op's name. */
export const windowCases: Record<string, readonly Case[]> = {
  maxPool: [...windows.map(({ max }) => max), pooled('dilation 2', [2, 1, 7, 8], 3, { dilation: 2, padding: 2 }).max],
  avgPool: windows.map(({ avg }) => avg),
  adaptiveAvgPool: (
    [
      ['overlapping rectangles, odd size', [2, 2, 7, 9], 2, 4],
      ['a multiple of the size', [1, 3, 6, 4], 3, 2],
      ['fewer pixels than rectangles', [2, 1, 3, 1], 6, 6],
    ] as const
  ).map(([title, x, h, w]) => at(title, [x], (a) => nn.adaptiveAvgPool(a, h, w))),
  conv2d: [
    ...byTiles,
    conv('3x3, padding 1', [1, 2, 5, 7], [3, 2, 3, 3], { padding: 1 }),
    conv('3x3, padding 1, batch 3, a bias', [3, 2, 7, 5], [2, 2, 3, 3], { padding: 1 }, true),
    conv('3x3 on a wide map', [2, 3, 13, 15], [2, 3, 3, 3], { padding: 1 }),
    conv('3x3 at dilation 2 on a wide map', [2, 2, 17, 19], [3, 2, 3, 3], { padding: 2, dilation: 2 }),
    conv('3x2 on a wide map, dilation and padding of all kinds', [1, 3, 17, 15], [3, 3, 3, 2], {
      dilation: [2, 1],
      padding: [1, 0, 3, 1],
    }),
    conv('3x3 on a wide map, padding beyond the kernel', [1, 3, 15, 17], [3, 3, 3, 3], { padding: 3 }),
    conv('3x3 at a dilation beyond the map', [2, 2, 5, 5], [3, 2, 3, 3], { padding: 12, dilation: 12 }),
    conv('3x3 at a dilation beyond the height only', [1, 2, 3, 9], [2, 2, 3, 3], { padding: 4, dilation: 4 }),
    conv('3x3, no padding', [1, 2, 5, 6], [2, 2, 3, 3]),
    conv('3x3, stride 2, padding 1, odd size', [2, 2, 7, 9], [3, 2, 3, 3], { stride: 2, padding: 1 }),
    conv('3x3, stride 2, padding 1, even size: pixels that no window sees', [1, 2, 6, 8], [2, 2, 3, 3], {
      stride: 2,
      padding: 1,
    }),
    conv('1x1', [3, 4, 3, 5], [2, 4, 1, 1], {}, true),
    conv('1x1, stride 2', [1, 2, 5, 6], [3, 2, 1, 1], { stride: 2 }),
    conv('1x1, stride 3: most pixels unseen', [2, 2, 7, 8], [2, 2, 1, 1], { stride: 3 }),
    conv('2x2, asymmetric padding', [1, 2, 4, 5], [2, 2, 2, 2], { padding: [0, 1, 1, 0] }),
    conv('5x5, padding 2, stride 2', [1, 2, 9, 7], [2, 2, 5, 5], { padding: 2, stride: 2 }),
    conv('5x5 on a 3x3 map: dead taps', [1, 1, 3, 3], [2, 1, 5, 5], { padding: 3 }),
    conv('3x3, padding beyond the kernel', [1, 2, 4, 4], [2, 2, 3, 3], { padding: 3 }),
    conv('3x2, strides, dilations and padding of all kinds', [2, 2, 9, 8], [3, 2, 3, 2], {
      stride: [2, 3],
      dilation: [2, 3],
      padding: [3, 0, 1, 2],
    }),
    conv('7x7, stride 2, padding 3: the stem of a ResNet', [1, 3, 11, 13], [2, 3, 7, 7], { stride: 2, padding: 3 }),
    conv('two groups', [2, 4, 5, 5], [6, 2, 3, 3], { padding: 1, groups: 2 }, true),
    conv('a group a channel', [1, 3, 7, 5], [3, 1, 3, 3], { padding: 1, groups: 3 }),
    conv('a group a channel at dilation 2, batch 2', [2, 3, 9, 7], [3, 1, 3, 3], {
      padding: 2,
      dilation: 2,
      groups: 3,
    }),
    conv('a group a channel, stride 2, odd size', [2, 3, 7, 9], [3, 1, 3, 3], { padding: 1, stride: 2, groups: 3 }),
    conv('a group a channel, stride 2, even size', [1, 3, 8, 6], [3, 1, 3, 3], { padding: 1, stride: 2, groups: 3 }),
    conv('a group a channel, stride 2, padding after the map only', [2, 2, 8, 6], [2, 1, 3, 3], {
      padding: [0, 0, 1, 1],
      stride: 2,
      groups: 2,
    }),
    conv('a group a channel, stride 3, 5x2, pixels that no window sees', [1, 2, 11, 10], [2, 1, 5, 2], {
      padding: [2, 0, 1, 1],
      stride: 3,
      groups: 2,
    }),
    conv('a group a channel, stride 3, a bias, no padding', [2, 2, 8, 8], [2, 1, 2, 2], { stride: 3, groups: 2 }, true),
    conv('a group a channel, stride 2, dilation 2', [3, 2, 9, 7], [4, 1, 3, 3], {
      padding: 2,
      stride: 2,
      dilation: 2,
      groups: 2,
    }),
    at(
      'weights used by two convolutions',
      [
        [1, 2, 5, 5],
        [2, 2, 3, 3],
      ],
      (x, w) => nn.conv2d(nn.conv2d(x, w, null, { padding: 1 }), w, null, { padding: 1 }),
    ),
  ],
};
