/**
 * 3x3 convolution by Winograd's minimal filtering (Lavin and Gray, CVPR 2016): for a tile of outputs
 * Y = A^T [(G w G^T) * (B^T x B)] A, with 36 multiplications for 4x4 outputs where the definition has 144. Between the
 * two transformations of the pixels everything is one matrix product a multiplication; gradients follow from the parts.
 */
import { defineOp } from '../op.js';
import type { Shape, Tensor } from '../tensor.js';
import type { ConvAttributes } from './conv.js';
import { matmul } from './matmul.js';
import { reshape, transpose } from './shape.js';
import { constant } from './source.js';
import { joinTiles, placesOf, type Tiling, tiles, windowPixels, windows } from './tiles.js';

type Matrix = readonly (readonly number[])[];
type Pairs = readonly (readonly [number, number])[];

/** A way to filter along one axis with `points` multiplications a tile; along two it takes their square. */
interface Filtering {
  readonly tile: number;
  /** Whether a map of one tile is meant, around which there is nothing but padding. */
  readonly alone: boolean;
  readonly points: number;
  /** [points^2, pixels seen], [points^2, 9] and [tile^2, points^2]: B^T, G and A^T along both axes at once. */
  readonly pixels: Tensor;
  readonly kernel: Tensor;
  readonly answer: Tensor;
}

const square = (side: number): Pairs =>
  Array.from({ length: side * side }, (_, i) => [Math.floor(i / side), i % side] as const);

/** The matrix that transforms along both axes at once: rows are pairs (i, j), columns the given pairs (r, s). */
function alongBoth(matrix: Matrix, pairs: Pairs): Tensor {
  const rows = square(matrix.length);
  const values = rows.flatMap(([i, j]) => pairs.map(([r, s]) => matrix[i][r] * matrix[j][s]));
  return constant(Float64Array.from(values), [rows.length, pairs.length]);
}

function filtering(pixels: Matrix, kernel: Matrix, answer: Matrix, seen: Pairs): Omit<Filtering, 'alone'> {
  return {
    tile: answer.length,
    points: pixels.length,
    pixels: alongBoth(pixels, seen),
    kernel: alongBoth(kernel, square(3)),
    answer: alongBoth(answer, square(pixels.length)),
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
const inner = square(4).map(([r, s]) => [r + 1, s + 1] as const);
const wide: Filtering = { ...filtering(PIXELS, KERNEL, ANSWER, windowPixels(4)), alone: false };
const aloneOf4: Filtering = { ...filtering(PIXELS, KERNEL, ANSWER, inner), alone: true };
// Two pixels with nothing around them, y0 = w1 x0 + w2 x1 and y1 = w0 x0 + w1 x1: three products, as Karatsuba's.
const aloneOf2: Filtering = {
  ...filtering(
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
    square(2),
  ),
  alone: true,
};

const filterings = { wide, aloneOf4, aloneOf2 };
type FilteringName = keyof typeof filterings;

/** The filtering for images [N, C, H, W]: a dilation near the size of the map leaves single tiles. */
function filteringFor([, , h, w]: Shape, dilation: number): FilteringName {
  const side = Math.ceil(Math.max(h, w) / dilation);
  return (['aloneOf2', 'aloneOf4'] as const).find((name) => side <= filterings[name].tile) ?? 'wide';
}

/** The same as `conv2d` with a 3x3 kernel, stride 1 and a padding of the dilation. x [N, C, H, W] -> [N, O, H, W] */
export function winogradConv(x: Tensor, weight: Tensor, dilation: number): Tensor {
  const [n, c, h, w] = x.shape;
  const [o] = weight.shape;
  const name = filteringFor(x.shape, dilation);
  const used = filterings[name];
  const tiling: Tiling = { image: x.shape, dilation, tile: used.tile };
  const [places, points] = [placesOf(tiling), used.points ** 2]; // P, Q
  const seen = used.alone ? tiles(x, tiling) : windows(x, tiling);
  const flat = reshape(seen, [seen.shape[0], c * places]);
  const transformed = reshape(matmul(used.pixels, flat), [points, c, places]); // [Q, C, P]
  const weights = transformWeights(weight, used.kernel); // [Q, O, C]
  const products = productsOp([weight, weights, transformed], { name })[0]; // [Q, O, P]
  const answers = matmul(used.answer, reshape(products, [points, o * places])); // [tile^2, O P]
  return joinTiles(reshape(answers, [used.tile ** 2, o, places]), { ...tiling, image: [n, o, h, w] });
}

/** [O, C, 3, 3] and [Q, 9] -> [Q, O, C] */
function transformWeights(weight: Tensor, kernel: Tensor): Tensor {
  const [o, c] = weight.shape;
  return reshape(matmul(kernel, reshape(weight, [o * c, 9]), { b: true }), [kernel.shape[0], o, c]);
}

/**
 * The products [Q, O, C] x [Q, C, P] of transformed weights and pixels. Transformed weights are up to four times as
 * large as weights: rather than keep them for the backward pass, it makes them again, with in- and output channels
 * exchanged: the runtime is slow at products with a transposed first operand.
 */
const productsOp = defineOp<{ readonly name: FilteringName }>({
  name: 'winogradProducts',
  infer: ([, u, v]) => ({ shape: [...u.shape.slice(0, 2), v.shape[2]], dtype: 'float32' }),
  gradient: ({ inputs: [weight, u, v], attributes: { name }, gradient: g }) => {
    const { kernel } = filterings[name];
    const du = reshape(matmul(g, v, { b: true }), [u.shape[0], u.shape[1] * u.shape[2]]); // [Q, O C]
    const dw = reshape(matmul(du, kernel, { a: true }), weight.shape);
    return [dw, null, matmul(transformWeights(transpose(weight, [1, 0, 2, 3]), kernel), g)];
  },
  emit: ({ writer, inputs: [, u, v], outputs }) => writer.node('MatMul', [u, v], outputs),
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
  const { tile, points } = filterings[filteringFor(x, d)];
  const places = placesOf({ image: x, dilation: d, tile });
  // Forward, by the input and by the weights.
  const saved = 3 * c * o * (9 * n * h * w - points ** 2 * places);
  const moved = (c + o) * tile ** 2 * places;
  return saved > PRODUCTS_A_NUMBER * moved;
}
