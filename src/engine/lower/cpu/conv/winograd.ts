/**
 * 3x3 convolution by minimal filtering (Winograd; Lavin and Gray, CVPR 2016): for a tile of outputs
 * Y = A^T [(G w G^T) * (B^T x B)] A, with 36 multiplications for 4x4 outputs where the definition has 144. All of it is
 * matrix products: the transformation of the pixels, one product with the weights for each of the P^2 numbers that it
 * makes of a tile, and the transformation of their results. The gradients are the transposes of the same products.
 */

import { reshape, reshapeOp } from '../../../ops/broadcasting.js';
import { type ConvAttributes, conv2dOp } from '../../../ops/conv.js';
import { convInputGradientOp, convWeightGradientOp } from '../../../ops/conv-gradients.js';
import { matmul } from '../../../ops/matmul.js';
import { transpose } from '../../../ops/shape.js';
import { constant } from '../../../ops/source.js';
import { type Shape, sameShape, type Tensor } from '../../../tensor.js';
import { rewriteOf } from '../../target.js';
import type { CpuTuning } from '../constants.js';
import { FILTERINGS, type Filtering, PAIR } from './filtering.js';
import { liveTaps } from './live-taps.js';
import { type Axis, type Bands, banded, joinTiles, type Matrix, splitTiles, tilesOf } from './tiles.js';

/** A convolution and its gradients by tiles, where that takes less time than by definition. */
export const winogradRewrites = (tuning: CpuTuning) => [
  rewriteOf(conv2dOp, ([x, weight, bias], convolution) =>
    // The node of the direct form adds a bias on its way.
    !bias && winogradPays(tuning, x.shape, weight.shape, convolution)
      ? [winogradConv(x, weight, tilingOf(convolution, x.shape))]
      : undefined,
  ),
  rewriteOf(convInputGradientOp, ([dy, weight], { convolution, biased, input }) =>
    !biased && winogradPays(tuning, input, weight.shape, convolution)
      ? [winogradInputGradient(dy, weight, tilingOf(convolution, input))]
      : undefined,
  ),
  rewriteOf(convWeightGradientOp, ([x, dy], { convolution, biased }, { outputs: [{ shape }] }) =>
    !biased && winogradPays(tuning, x.shape, shape, convolution)
      ? [winogradWeightGradient(x, dy, tilingOf(convolution, x.shape))]
      : undefined,
  ),
];

const axisOf = (size: number, dilation: number, { result }: Filtering): Axis => ({
  size,
  dilation,
  tile: result[0].length,
});

/** The numbers that a filtering makes of an axis. */
const pointsOf = (size: number, dilation: number, filtering: Filtering): number =>
  filtering.pixels.length * tilesOf(axisOf(size, dilation, filtering));

/** The filtering that multiplies least for maps [N, C, H, W]. */
function filteringFor([, , h, w]: Shape, dilation: number): Filtering {
  const products = (filtering: Filtering) => pointsOf(h, dilation, filtering) * pointsOf(w, dilation, filtering);
  const fitting = FILTERINGS.filter((filtering) => filtering !== PAIR || Math.max(h, w) <= 2 * dilation);
  return fitting.reduce((best, other) => (products(other) < products(best) ? other : best));
}

/** How maps are split into tiles: what a convolution and its gradients share. */
export interface Tiling {
  /** Shape of the convolution's input, [N, C, H, W]. */
  readonly input: Shape;
  /** Numbers that are made of a tile, P^2. */
  readonly numbers: number;
  /** G: [P, 3] */
  readonly kernel: Matrix;
  /** B^T at every tile of a map. */
  readonly pixels: Bands;
  /** A at every tile. */
  readonly result: Bands;
}

/**
 * Kept by convolution: it and its gradients are rewritten one by one, and `simplify` merges what they have in common only
 * if its constants are the same tensors.
 */
const tilings = new WeakMap<ConvAttributes, Tiling>();

/** The tiling of a convolution with a 3x3 kernel, stride 1 and a padding of the dilation. */
function tilingOf(convolution: ConvAttributes, input: Shape): Tiling {
  const known = tilings.get(convolution);
  if (known && sameShape(known.input, input)) return known;
  const [dilation] = convolution.dilation;
  const filtering = filteringFor(input, dilation);
  const points = filtering.pixels.length;
  const bands = (matrix: Matrix, first: number): Bands => {
    const [down, across] = [input[2], input[3]].map((size) => banded(matrix, first, axisOf(size, dilation, filtering)));
    return { down, across, points };
  };
  const tiling = {
    input,
    numbers: points ** 2,
    kernel: filtering.kernel,
    pixels: bands(filtering.pixels, filtering.first),
    result: bands(filtering.result, 0),
  };
  tilings.set(convolution, tiling);
  return tiling;
}

/** The convolution by tiles: x [N, C, H, W], weight [O, C, 3, 3] -> [N, O, H, W] */
function winogradConv(x: Tensor, weight: Tensor, { numbers, kernel, pixels, result }: Tiling): Tensor {
  const [n, , h, w] = x.shape;
  const [o, c] = weight.shape;
  const seen = splitTiles(x, pixels); // [P^2, tiles N, C]
  const transformed = matmul(stored(alongBoth(kernel)), reshape(weight, [o * c, 9]), { b: true });
  const products = matmul(seen, reshape(transformed, [numbers, o, c]), { b: true }); // [P^2, tiles N, O]
  // This reshape changes nothing. It keeps the graph as it was recorded in bench/graphs.json.
  const [tiles] = reshapeOp([products], { shape: products.shape });
  return joinTiles(tiles, result, [n, o, h, w]);
}

/** Its dX: dY [N, O, H, W] -> [N, C, H, W] */
function winogradInputGradient(dy: Tensor, weight: Tensor, tiling: Tiling): Tensor {
  const { input, numbers, kernel, pixels, result } = tiling;
  const [o, c] = weight.shape;
  // Transformed weights are up to four times as large as weights, so they are computed again and not kept from the
  // forward pass. With the transposed matrix the runtime does not see that the product is the same, and so does not keep it.
  const transformed = matmul(stored(transposed(alongBoth(kernel))), reshape(weight, [o * c, 9]), { a: true, b: true });
  const gradient = splitTiles(dy, result); // [P^2, tiles N, O]
  return joinTiles(matmul(gradient, reshape(transformed, [numbers, o, c])), pixels, input);
}

/** Its dW: x [N, C, H, W] and dY [N, O, H, W] -> [O, C, 3, 3] */
function winogradWeightGradient(x: Tensor, dy: Tensor, { numbers, kernel, pixels, result }: Tiling): Tensor {
  const [o, c] = [dy.shape[1], x.shape[1]];
  const sums = matmul(splitTiles(dy, result), splitTiles(x, pixels), { a: true }); // [P^2, O, C]
  const taps = matmul(stored(transposed(alongBoth(kernel))), reshape(sums, [numbers, o * c])); // [9, O C]
  return reshape(transpose(taps, [1, 0]), [o, c, 3, 3]);
}

/** The matrix that applies a matrix along both axes of a kernel stored row by row: [P, 3] -> [P^2, 9], points across first. */
const alongBoth = (matrix: Matrix): Matrix =>
  matrix.flatMap((across) => matrix.map((down) => down.flatMap((d) => across.map((a) => d * a))));
const transposed = (matrix: Matrix): Matrix => matrix[0].map((_, column) => matrix.map((row) => row[column]));
const stored = (matrix: Matrix): Tensor =>
  constant(Float64Array.from(matrix.flat()), [matrix.length, matrix[0].length]);

/** Whether a convolution is one that `winogradConv` computes, forward and backward in less time. */
export function winogradPays(
  { tiles, multiplicationsPerMove, bandedProductFactor }: CpuTuning,
  x: Shape,
  [o]: Shape,
  attributes: ConvAttributes,
): boolean {
  const { kernel, stride, dilation, padding, groups } = attributes;
  const [d] = dilation;
  const fits = groups === 1 && kernel.every((k) => k === 3) && stride.every((s) => s === 1);
  if (tiles === 'never' || !fits || ![...dilation, ...padding].every((m) => m === d)) return false;
  if (tiles === 'always') return true;
  const [n, c, h, w] = x;
  const filtering = filteringFor(x, d);
  const [down, across] = [pointsOf(h, d, filtering), pointsOf(w, d, filtering)];
  const numbers = n * down * across;
  const multiplied = 3 * numbers * c * o;
  // Maps of C and of O channels are split into tiles and joined once each, weights transformed there and back.
  const transformed =
    2 * (c + o) * (bandedProductFactor * n * across * h * (w + down) + multiplicationsPerMove * numbers);
  const weights = 2 * c * o * filtering.pixels.length ** 2 * (9 + multiplicationsPerMove);
  const taps = liveTaps(x, attributes).reduce((product, [from, to]) => product * (to - from), 1);
  return multiplied + transformed + weights < 3 * taps * c * o * n * h * w;
}
