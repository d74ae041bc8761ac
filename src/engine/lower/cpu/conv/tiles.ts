/**
 * Feature maps split into tiles, each transformed, and joined again. What is done to all tiles along an axis is one
 * matrix; a map takes one for its height and one for its width.
 */

import { reshape } from '../../../ops/broadcasting.js';
import { matmul } from '../../../ops/matmul.js';
import { transpose } from '../../../ops/shape.js';
import { constant } from '../../../ops/source.js';
import type { Tensor } from '../../../tensor.js';

export type Matrix = readonly (readonly number[])[];

/** How an axis of `size` pixels falls into tiles. */
export interface Axis {
  readonly size: number;
  /**
   * At dilation d an axis is d interleaved ones, each of which a kernel sees undilated; their tiles follow one another,
   * those of the first, then those of the second.
   */
  readonly dilation: number;
  /** How many pixels a tile has. */
  readonly tile: number;
}

/** Tiles of one interleaved axis. */
const tilesOfOne = ({ size, dilation, tile }: Axis): number => Math.ceil(Math.ceil(size / dilation) / tile);
export const tilesOf = (axis: Axis): number => axis.dilation * tilesOfOne(axis);

/**
 * `matrix` [P, K] at every tile: [P tiles, size], mostly zeros. Row (p, t) makes number p of the K pixels from `first`
 * on, counted from the first of tile t; beyond the axis they are 0.
 */
export function banded(matrix: Matrix, first: number, axis: Axis): Tensor {
  const { size, dilation, tile } = axis;
  const [each, all] = [tilesOfOne(axis), tilesOf(axis)];
  const values = new Float64Array(matrix.length * all * size);
  for (const [p, weights] of matrix.entries())
    for (let t = 0; t < all; t++)
      for (const [k, weight] of weights.entries()) {
        const pixel = Math.floor(t / each) + dilation * (tile * (t % each) + first + k);
        if (pixel >= 0 && pixel < size) values[(p * all + t) * size + pixel] = weight;
      }
  return constant(values, [matrix.length * all, size]);
}

/** The matrices of `banded` for height and width, and how many numbers they make of a tile along one axis. */
export interface Bands {
  readonly down: Tensor;
  readonly across: Tensor;
  readonly points: number;
}

/**
 * Maps [N, C, H, W] to the numbers of their tiles: [P^2, tiles N, C], points across before points down. Cutting,
 * padding, dilation and what is made of the pixels are two matrix products; that nine tenths of their multiplications
 * are by 0 costs less than moving pixels would.
 */
export function splitTiles(maps: Tensor, { down, across, points }: Bands): Tensor {
  const [n, c, h, w] = maps.shape;
  const rows = matmul(across, reshape(maps, [n * c * h, w]), { b: true }); // [P tiles, N C H]
  const [pw] = across.shape;
  const [ph] = down.shape;
  const numbers = matmul(reshape(down, [1, ph, h]), reshape(rows, [pw, n * c, h]), { b: true }); // [P tiles, P tiles, N C]
  const byPoint = transpose(reshape(numbers, [points, pw / points, points, ph / points, n * c]), [0, 2, 1, 3, 4]);
  return reshape(byPoint, [points ** 2, (pw * ph * n) / points ** 2, c]);
}

/** The transpose of `splitTiles`: what tiles hold of a pixel is added up. [P^2, tiles N, C] -> [N, C, H, W] */
export function joinTiles(tiles: Tensor, { down, across, points }: Bands, [n, c, h, w]: readonly number[]): Tensor {
  const [pw] = across.shape;
  const [ph] = down.shape;
  const byTile = transpose(reshape(tiles, [points, points, pw / points, ph / points, n * c]), [0, 2, 1, 3, 4]);
  const columns = matmul(reshape(byTile, [pw, ph, n * c]), reshape(down, [1, ph, h]), { a: true }); // [P tiles, N C, H]
  return reshape(matmul(reshape(columns, [pw, n * c * h]), across, { a: true }), [n, c, h, w]);
}
