/**
 * Minimal filtering along an axis (Winograd; the method of Toom and Cook): a kernel of 3 taps over a tile of pixels with
 * fewer multiplications than pixels times taps.
 */
import type { Matrix } from './tiles.js';

/** A way to filter along one axis with P multiplications a tile; along two it takes their square. */
export interface Filtering {
  /** B^T: [P, pixels seen]. The first pixel seen is number `first` of the tile; -1 is the one before it. */
  readonly pixels: Matrix;
  readonly first: number;
  /** G: [P, 3] */
  readonly kernel: Matrix;
  /** A: [P, pixels of a tile] */
  readonly result: Matrix;
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
    result: [...points.map((point) => powers(point, tile)), powers(0, tile).toReversed()],
  };
}

/**
 * Two pixels with nothing but padding around them, y0 = w1 x0 + w2 x1 and y1 = w0 x0 + w1 x1: three products, as
 * Karatsuba's.
 */
export const PAIR: Filtering = {
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
  result: [
    [1, 1],
    [1, 0],
    [0, 1],
  ],
};

/** In the order of preference: the fewer the points, the less is lost to rounding. */
export const FILTERINGS: readonly Filtering[] = [
  PAIR,
  toomCook([0, 1, -1]),
  toomCook([0, 1, -1, 2]),
  toomCook([0, 1, -1, 2, -2]),
];
