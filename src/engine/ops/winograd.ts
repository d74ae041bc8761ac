/**
 * 3x3 convolution by minimal filtering (Winograd; Lavin and Gray, CVPR 2016): for a tile of outputs
 * Y = A^T [(G w G^T) * (B^T x B)] A, with 36 multiplications for 4x4 outputs where the definition has 144. All of it is
 * matrix products, one a multiplication between the transformations of the pixels, and so are its gradients.
 */
import { defineOp } from '../op.js';
import type { Shape, Tensor } from '../tensor.js';
import { type ConvAttributes, liveTaps } from './conv.js';
import { matmul } from './matmul.js';
import { reshape, transpose } from './shape.js';
import { constant } from './source.js';
import { type Axis, type Bands, banded, type Matrix, putTogether, takeApart, tilesOf } from './tiles.js';

/** A way to filter along one axis with P multiplications a tile; along two it takes their square. */
interface Filtering {
  /** B^T: [P, pixels seen]. The first pixel seen is `first` of the tile. */
  readonly pixels: Matrix;
  readonly first: number;
  /** G: [P, 3] */
  readonly kernel: Matrix;
  /** A: [P, pixels of a tile] */
  readonly answer: Matrix;
}

/** Coefficients of the product of (z - root), from the constant on. */
function polynomial(roots: readonly number[]): number[] {
  let product = [1];
  for (const root of roots) product = [...product, 0].map((_, i) => (product[i - 1] ?? 0) - root * (product[i] ?? 0));
  return product;
}

/**
 * The method of Toom and Cook: pixels and kernel are polynomials, whose product is known from its values at enough
 * points, infinity one of them.
 */
function toomCook(points: readonly number[]): Filtering {
  const tile = points.length - 1;
  const powers = (point: number, count: number) => Array.from({ length: count }, (_, i) => point ** i);
  const others = (point: number) => points.filter((other) => other !== point);
  const scale = (point: number) => others(point).reduce((product, other) => product * (point - other), 1);
  return {
    pixels: [...points.map((point) => [...polynomial(others(point)), 0]), polynomial(points)],
    first: -1,
    kernel: [...points.map((point) => powers(point, 3).map((power) => power / scale(point))), [0, 0, 1]],
    answer: [...points.map((point) => powers(point, tile)), powers(0, tile).toReversed()],
  };
}

/**
 * Two pixels with nothing but padding around them, y0 = w1 x0 + w2 x1 and y1 = w0 x0 + w1 x1: three products, as
 * Karatsuba's.
 */
const PAIR: Filtering = {
  pixels: [
    [1, 1],
    [0, 1],
    [1, 0],
  ],
  first: 0,
  kernel: [
    [0, 1, 0],
    [0, -1, 1],
    [1, -1, 0],
  ],
  answer: [
    [1, 1],
    [1, 0],
    [0, 1],
  ],
};

/** In the order of preference: the fewer the points, the less is lost to rounding. */
const FILTERINGS = [PAIR, toomCook([0, 1, -1]), toomCook([0, 1, -1, 2]), toomCook([0, 1, -1, 2, -2])];

const axisOf = (size: number, dilation: number, { answer }: Filtering): Axis => ({
  size,
  dilation,
  tile: answer[0].length,
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

/** The same as `conv2d` with a 3x3 kernel, stride 1 and a padding of the dilation. x [N, C, H, W] -> [N, O, H, W] */
export function winogradConv(x: Tensor, weight: Tensor, dilation: number): Tensor {
  const [n, c, h, w] = x.shape;
  const [o] = weight.shape;
  const filtering = filteringFor(x.shape, dilation);
  const { pixels, first, kernel, answer } = filtering;
  const points = pixels.length;
  const bands = (matrix: Matrix, from: number): Bands => {
    const [down, across] = [h, w].map((size) => banded(matrix, from, axisOf(size, dilation, filtering)));
    return { down, across, points };
  };
  const seen = takeApart(x, bands(pixels, first)); // [P^2, tiles N, C]
  const transformed = matmul(stored(alongBoth(kernel)), reshape(weight, [o * c, 9]), { b: true });
  const products = matmul(seen, reshape(transformed, [points ** 2, o, c]), { b: true }); // [P^2, tiles N, O]
  return putTogether(productsOp([seen, weight, products], { kernel })[0], bands(answer, 0), [n, o, h, w]);
}

/** A matrix for both axes of what is stored row by row: rows are points across before points down, [P^2, 9] for G. */
const alongBoth = (matrix: Matrix): Matrix =>
  matrix.flatMap((across) => matrix.map((down) => down.flatMap((d) => across.map((a) => d * a))));
const transposed = (matrix: Matrix): Matrix => matrix[0].map((_, column) => matrix.map((row) => row[column]));
const stored = (matrix: Matrix): Tensor =>
  constant(Float64Array.from(matrix.flat()), [matrix.length, matrix[0].length]);

/**
 * The products of pixels [P^2, T, C] with weights [O, C, 3, 3], both transformed. Transformed weights are up to four
 * times as large as weights: rather than kept for the backward pass they are made again.
 */
const productsOp = defineOp<{ readonly kernel: Matrix }>({
  name: 'winogradProducts',
  infer: ([, , products]) => ({ shape: products.shape, dtype: 'float32' }),
  gradient: ({ inputs: [seen, weight], attributes: { kernel }, gradient: g }) => {
    const [o, c] = weight.shape;
    // The matrix is transposed, or the runtime would take the product for what it has made before.
    const both = stored(transposed(alongBoth(kernel)));
    const transformed = matmul(both, reshape(weight, [o * c, 9]), { a: true, b: true });
    const slopes = matmul(g, seen, { a: true }); // [P^2, O, C]
    return [
      matmul(g, reshape(transformed, slopes.shape)),
      reshape(transpose(matmul(both, reshape(slopes, transformed.shape)), [1, 0]), weight.shape),
      null,
    ];
  },
  emit: ({ writer, inputs: [, , products], outputs: [output], outputTypes: [{ shape }] }) => {
    writer.reshape(products, shape, output);
  },
});

/** Products that take the time of writing one number of the tiles: docs/decisions/002-formulations.md. */
const PRODUCTS_A_NUMBER = 60;
/** Products with a side of a map are slower than those with many channels. */
const BANDED = 1.3;

/** Whether a convolution is one that `winogradConv` computes, forward and backward in less time. */
export function winogradPays(x: Shape, [o]: Shape, attributes: ConvAttributes): boolean {
  const { kernel, stride, dilation, padding, groups } = attributes;
  const [d] = dilation;
  const plain = groups === 1 && kernel.every((k) => k === 3) && stride.every((s) => s === 1);
  if (!plain || ![...dilation, ...padding].every((m) => m === d)) return false;
  const [n, c, h, w] = x;
  const filtering = filteringFor(x, d);
  const [down, across] = [pointsOf(h, d, filtering), pointsOf(w, d, filtering)];
  const numbers = n * down * across;
  const multiplied = 3 * numbers * c * o;
  // Maps of C and of O channels are taken apart and put together once each, weights transformed there and back.
  const transformed = 2 * (c + o) * (BANDED * n * across * h * (w + down) + PRODUCTS_A_NUMBER * numbers);
  const weights = 2 * c * o * filtering.pixels.length ** 2 * (9 + PRODUCTS_A_NUMBER);
  const taps = liveTaps(x, attributes).reduce((product, [from, to]) => product * (to - from), 1);
  return multiplied + transformed + weights < 3 * taps * c * o * n * h * w;
}
