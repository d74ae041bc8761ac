/**
 * 3x3 convolution by Winograd's minimal filtering (Lavin and Gray, CVPR 2016): for a tile of outputs
 * Y = A^T [(G w G^T) * (B^T x B)] A, with 36 multiplications for 4x4 outputs where the definition has 144. Between the
 * two transformations of the pixels everything is one matrix product a multiplication.
 */
import { defineOp } from '../op.js';
import type { Shape, Tensor } from '../tensor.js';
import type { ConvAttributes } from './conv.js';
import { matmul } from './matmul.js';
import { reshape, transpose } from './shape.js';
import { constant } from './source.js';
import { cut, emitJoin, emitJoinSingle, type Matrix, type Tiling, tilesOf } from './tiles.js';

/** A way to filter along one axis with P multiplications a tile; along two it takes their square. */
interface Filtering {
  readonly tile: number;
  /** Whether a map of one tile is meant, around which there is nothing but padding. */
  readonly alone: boolean;
  /** B^T: [P, pixels seen]. The first pixel seen is `first` of the tile. */
  readonly pixels: Matrix;
  readonly first: number;
  /** G along both axes, [P^2, 9], and the same for the kernel turned by 180 degrees. */
  readonly kernel: Tensor;
  readonly turnedKernel: Tensor;
  /** A: [P, tile], and its transpose along both axes, [tile^2, P^2]. */
  readonly slopes: Matrix;
  readonly answer: Tensor;
}

/** The matrix that transforms along both axes at once: rows and columns are pairs. */
function alongBoth(matrix: Matrix): Tensor {
  const pairs = (n: number) => Array.from({ length: n * n }, (_, i) => [Math.floor(i / n), i % n] as const);
  const [rows, columns] = [pairs(matrix.length), pairs(matrix[0].length)];
  const values = rows.flatMap(([i, j]) => columns.map(([r, s]) => matrix[i][r] * matrix[j][s]));
  return constant(Float64Array.from(values), [rows.length, columns.length]);
}

function filtering(pixels: Matrix, kernel: Matrix, answer: Matrix, first: number): Filtering {
  return {
    tile: answer.length,
    alone: first === 0,
    pixels,
    first,
    kernel: alongBoth(kernel),
    turnedKernel: alongBoth(kernel.map((row) => row.toReversed())),
    slopes: answer[0].map((_, i) => answer.map((row) => row[i])),
    answer: alongBoth(answer),
  };
}

// F(4, 3): the polynomials are evaluated at 0, 1, -1, 2, -2 and infinity.
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
const wide = filtering(PIXELS, KERNEL, ANSWER, -1);
const aloneOf4 = filtering(
  PIXELS.map((row) => row.slice(1, -1)),
  KERNEL,
  ANSWER,
  0,
);
// Two pixels with nothing around them, y0 = w1 x0 + w2 x1 and y1 = w0 x0 + w1 x1: three products, as Karatsuba's.
const aloneOf2 = filtering(
  [
    [1, 1],
    [0, 1],
    [1, 0],
  ],
  [
    [0, 1, 0],
    [0, -1, 1],
    [1, -1, 0],
  ],
  [
    [1, 1, 0],
    [1, 0, 1],
  ],
  0,
);

const filterings = { wide, aloneOf4, aloneOf2 };
type FilteringName = keyof typeof filterings;

/** The filtering for images [N, C, H, W]: a dilation near the size of the map leaves single tiles. */
function filteringFor([, , h, w]: Shape, dilation: number): FilteringName {
  const side = Math.ceil(Math.max(h, w) / dilation);
  return (['aloneOf2', 'aloneOf4'] as const).find((name) => side <= filterings[name].tile) ?? 'wide';
}

/** The same as `conv2d` with a 3x3 kernel, stride 1 and a padding of the dilation. x [N, C, H, W] -> [N, O, H, W] */
export function winogradConv(x: Tensor, weight: Tensor, dilation: number): Tensor {
  const name = filteringFor(x.shape, dilation);
  return swapped(filtered(swapped(x), weight, { name, dilation, adjoint: false }));
}

/** Batch and channels exchanged: all tiles of a channel lie side by side. */
function swapped(x: Tensor): Tensor {
  const [n, c, h, w] = x.shape;
  return n === 1 || c === 1 ? reshape(x, [c, n, h, w]) : transpose(x, [1, 0, 2, 3]);
}

interface Filtered {
  readonly name: FilteringName;
  readonly dilation: number;
  /** The convolution that yields the input's gradient: kernels turned by 180 degrees, in- and output channels exchanged. */
  readonly adjoint: boolean;
}

const tilingOf = ({ name, dilation }: Filtered): Tiling => ({ dilation, tile: filterings[name].tile });
const kernelOf = ({ name, adjoint }: Filtered): Tensor => filterings[name][adjoint ? 'turnedKernel' : 'kernel'];

/** [C, N, H, W] and [O, C, 3, 3] -> [O, N, H, W]; the adjoint from O channels to C */
function filtered(x: Tensor, weight: Tensor, how: Filtered): Tensor {
  const { pixels, first, answer, alone } = filterings[how.name];
  const seen = cut(x, pixels, first, tilingOf(how)); // [P^2, channels, tiles]
  const products = how.adjoint ? adjointProducts(weight, seen, how) : forwardProducts(weight, seen, how);
  const [points, channels, tiles] = products.shape;
  const flat = reshape(products, [points, channels * tiles]);
  // A single tile's pixels end up side by side: the product that is transposed saves moving them there.
  const answers = alone ? matmul(flat, answer, { a: true, b: true }) : matmul(answer, flat);
  return filteredOp([x, weight, seen, answers], how)[0];
}

/** [P^2, C, tiles] -> [P^2, O, tiles] */
function forwardProducts(weight: Tensor, seen: Tensor, how: Filtered): Tensor {
  const [o, c] = weight.shape;
  const weights = matmul(kernelOf(how), reshape(weight, [o * c, 9]), { b: true });
  return matmul(reshape(weights, [seen.shape[0], o, c]), seen);
}

/**
 * [P^2, O, tiles] -> [P^2, C, tiles]. Transformed weights are up to four times as large as weights: rather than kept
 * for the backward pass they are made again, with the channels exchanged on the way.
 */
function adjointProducts(weight: Tensor, seen: Tensor, how: Filtered): Tensor {
  const [o, c] = weight.shape;
  const kernel = reshape(kernelOf(how), [1, seen.shape[0], 9]);
  const weights = matmul(kernel, reshape(weight, [o, c, 9]), { b: true, acrossB: true }); // [C, P^2, O]
  return matmul(weights, seen, { acrossA: true });
}

/**
 * Joins the answers. It stands for the convolution as a whole: the gradient of its input is the adjoint convolution, and
 * that of its kernel needs the pixels as the forward pass has seen them.
 */
const filteredOp = defineOp<Filtered>({
  name: 'winogradConv',
  infer: ([x, weight], { adjoint }) => ({ shape: x.shape.with(0, weight.shape[adjoint ? 1 : 0]), dtype: 'float32' }),
  gradient: ({ inputs: [, weight, seen], attributes: how, gradient: g }) => {
    const [o, c] = weight.shape;
    const slopes = cut(g, filterings[how.name].slopes, 0, tilingOf(how)); // [P^2, channels, tiles]
    const [rows, columns] = how.adjoint ? [seen, slopes] : [slopes, seen];
    const dw = reshape(matmul(rows, columns, { b: true }), [seen.shape[0], o * c]);
    return [
      filtered(g, weight, { ...how, adjoint: !how.adjoint }),
      reshape(matmul(dw, kernelOf(how), { a: true }), weight.shape),
      null,
      null,
    ];
  },
  emit: ({ writer, inputs: [, , , answers], outputs: [output], outputTypes: [{ shape }], attributes: how }) => {
    const [o, n, h, w] = shape;
    const join = filterings[how.name].alone ? emitJoinSingle : emitJoin;
    writer.reshape(join(writer, answers, o * n, [h, w], tilingOf(how)), shape, output);
  },
});

/**
 * Multiplications that take the time of cutting, transforming and joining one number of the images, there and back:
 * docs/decisions/002-formulations.md.
 */
const PRODUCTS_A_NUMBER = 1300;

/** Whether a convolution is one that `winogradConv` computes, and saves more products than it moves numbers. */
export function winogradPays(x: Shape, weight: Shape, attributes: ConvAttributes): boolean {
  const { kernel, stride, dilation, padding, groups } = attributes;
  const [d] = dilation;
  const plain = groups === 1 && kernel.every((k) => k === 3) && stride.every((s) => s === 1);
  if (!plain || ![...dilation, ...padding].every((m) => m === d)) return false;
  const [n, c, h, w] = x;
  const [o] = weight;
  const { tile, pixels } = filterings[filteringFor(x, d)];
  const [rows, columns] = tilesOf([h, w], { dilation: d, tile });
  const places = n * rows * columns;
  // Forward, by the input and by the weights.
  const saved = 3 * c * o * (9 * n * h * w - pixels.length ** 2 * places);
  const moved = (c + o) * tile ** 2 * places;
  return saved > PRODUCTS_A_NUMBER * moved;
}
