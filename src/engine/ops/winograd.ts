/**
 * 3x3 convolution by Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray, CVPR 2016): for a tile of 4x4 outputs
 * Y = A^T [(G w G^T) * (B^T x B)] A, with 36 multiplications where the definition has 144. Between the two
 * transformations of the pixels everything is 36 matrix products; gradients follow from those of the parts.
 */
import { defineOp } from '../op.js';
import type { Shape, Tensor } from '../tensor.js';
import type { ConvAttributes } from './conv.js';
import { matmul } from './matmul.js';
import { reshape } from './shape.js';
import { type ConstantAttributes, constant } from './source.js';
import { joinTiles, placesOf, TILE, tiles, WINDOW, windowPixels, windows } from './tiles.js';

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
function transposedConstant(tensor: Tensor): Tensor {
  const [rows, columns] = tensor.shape;
  const values = (tensor.node.attributes as ConstantAttributes).values as Float64Array;
  return constant(
    values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]),
    [columns, rows],
  );
}
// One tensor of each: equal constants are then stored once in a graph.
const allPixels = alongBoth(PIXELS, windowPixels); // [36, 36]
const innerPixels = alongBoth(
  PIXELS,
  square(TILE).map(([r, s]) => [r + 1, s + 1] as const),
); // [36, 16]
const kernel = alongBoth(KERNEL, square(3)); // [36, 9]
const kernelTransposed = transposedConstant(kernel); // [9, 36]
const answer = alongBoth(ANSWER, square(WINDOW)); // [16, 36]

/** The same as `conv2d` with a 3x3 kernel, stride 1 and a padding of the dilation. x [N, C, H, W] -> [N, O, H, W] */
export function winogradConv(x: Tensor, weight: Tensor, dilation: number): Tensor {
  const [n, c, h, w] = x.shape;
  const [o] = weight.shape;
  const points = WINDOW * WINDOW;
  const tiling = { image: x.shape, dilation };
  const places = placesOf(tiling);
  // A dilation near the size of the map leaves one tile, and around it nothing but padding.
  const alone = places === n * dilation * dilation;
  const seen = alone ? tiles(x, tiling) : windows(x, tiling); // [36 or 16, C, P]
  const flat = reshape(seen, [seen.shape[0], c * places]);
  const transformed = reshape(matmul(alone ? innerPixels : allPixels, flat), [points, c, places]); // [36, C, P]
  const products = productsOp([weight, transformWeights(weight, kernel, false), transformed], {})[0]; // [36, O, P]
  const answers = matmul(answer, reshape(products, [points, o * places])); // [16, O P]
  return joinTiles(reshape(answers, [TILE * TILE, o, places]), { image: [n, o, h, w], dilation });
}

/** [O, C, 3, 3] -> [36, O, C]. @param matrix [36, 9], or transposed [9, 36] */
function transformWeights(weight: Tensor, matrix: Tensor, transposed: boolean): Tensor {
  const [o, c] = weight.shape;
  return reshape(matmul(matrix, reshape(weight, [o * c, 9]), { a: transposed, b: true }), [WINDOW * WINDOW, o, c]);
}

/**
 * The products [36, O, C] x [36, C, P] of transformed weights and pixels. Transformed weights are four times as large
 * as weights: rather than keep them for the backward pass, it makes them again, from another constant, since runtimes
 * compute equal nodes once.
 */
const productsOp = defineOp<object>({
  name: 'winogradProducts',
  infer: ([, u, v]) => ({ shape: [...u.shape.slice(0, 2), v.shape[2]], dtype: 'float32' }),
  gradient: ({ inputs: [weight, u, v], gradient: g }) => {
    const du = reshape(matmul(g, v, { b: true }), [u.shape[0], u.shape[1] * u.shape[2]]); // [36, O C]
    const dw = reshape(matmul(du, kernel, { a: true }), weight.shape);
    return [dw, null, matmul(transformWeights(weight, kernelTransposed, true), g, { a: true })];
  },
  emit: ({ writer, inputs: [, u, v], outputs }) => writer.node('MatMul', [u, v], outputs),
});

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
  return WINDOW * WINDOW * placesOf({ image: x, dilation: d }) < 0.4 * 9 * n * h * w;
}
