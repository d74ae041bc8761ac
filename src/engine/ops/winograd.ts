/**
 * 3x3 convolution by Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray, CVPR 2016): for a tile of 4x4 outputs
 * Y = A^T [(G w G^T) * (B^T x B)] A, with 36 multiplications where the definition has 144. Between the two
 * transformations of the pixels everything is 36 matrix products; gradients follow from those of the parts.
 */
import type { Shape, Tensor } from '../tensor.js';
import type { ConvAttributes } from './conv.js';
import { matmul } from './matmul.js';
import { reshape } from './shape.js';
import { constant } from './source.js';
import { joinTiles, placesOf, TILE, WINDOW, windowPixels, windows } from './tiles.js';

// The polynomials are evaluated at 0, 1, -1, 2, -2 and infinity.
const PIXELS = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];
const KERNEL = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];
const ANSWER = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
];

type Matrix = readonly (readonly number[])[];
const square = (side: number) =>
  Array.from({ length: side * side }, (_, i) => [Math.floor(i / side), i % side] as const);

/** The matrix that transforms along both axes at once: rows are pairs (i, j), columns the given pairs (r, s). */
function alongBoth(matrix: Matrix, pairs: readonly (readonly [number, number])[]): Tensor {
  const values = square(matrix.length).flatMap(([i, j]) => pairs.map(([r, s]) => matrix[i][r] * matrix[j][s]));
  return constant(Float64Array.from(values), [matrix.length ** 2, pairs.length]);
}
// One tensor of each: equal constants are then stored once in a graph.
const pixels = alongBoth(PIXELS, windowPixels); // [36, 36]
const kernel = alongBoth(KERNEL, square(3)); // [36, 9]
const answer = alongBoth(ANSWER, square(WINDOW)); // [16, 36]

/** The same as `conv2d` with a 3x3 kernel, stride 1 and a padding of the dilation. x [N, C, H, W] -> [N, O, H, W] */
export function winogradConv(x: Tensor, weight: Tensor, dilation: number): Tensor {
  const [n, c, h, w] = x.shape;
  const [o] = weight.shape;
  const points = WINDOW * WINDOW;
  const tiling = { image: x.shape, dilation };
  const places = placesOf(tiling);
  const seen = reshape(windows(x, tiling), [points, c * places]); // [36, C P]
  const transformed = reshape(matmul(pixels, seen), [points, c, places]); // [36, C, P]
  const weights = matmul(kernel, reshape(weight, [o * c, 9]), { b: true }); // [36, O C]
  const products = matmul(reshape(weights, [points, o, c]), transformed); // [36, O, P]
  const tiles = matmul(answer, reshape(products, [points, o * places])); // [16, O P]
  return joinTiles(reshape(tiles, [TILE * TILE, o, places]), { image: [n, o, h, w], dilation });
}

/** Channels from which the products outweigh the transformations around them: docs/decisions/002-formulations.md. */
const FEWEST_CHANNELS = 128;

/** Whether a convolution is one that `winogradConv` computes, and large enough to gain by it. */
export function winogradPays(
  x: Shape,
  weight: Shape,
  { kernel, stride, dilation, padding, groups }: ConvAttributes,
): boolean {
  const [d] = dilation;
  const fits =
    groups === 1 &&
    kernel.every((k) => k === 3) &&
    stride.every((s) => s === 1) &&
    [...dilation, ...padding].every((m) => m === d);
  if (!fits || Math.min(weight[0], weight[1]) < FEWEST_CHANNELS) return false;
  const [n, , h, w] = x;
  return WINDOW * WINDOW * placesOf({ image: x, dilation: d }) < 0.5 * 9 * n * h * w;
}
