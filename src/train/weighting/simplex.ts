/**
 * Minima over the convex hull of a few vectors g_1 .. g_T, which are known by their scalar products only (the Gram
 * matrix). A point of the hull is given by its weights w, with w_t >= 0 and sum_t w_t = 1.
 */
import type { Matrix } from './weighting.js';

/** Every non-empty subset of 0 .. count - 1: the corners of every face of the hull. */
export function faces(count: number): number[][] {
  const all = Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: 2 ** count - 1 }, (_, bits) => all.filter((i) => ((bits + 1) >> i) & 1));
}

/**
 * The Gram matrix divided by its largest diagonal entry, so that results do not depend on the size of the gradients.
 */
export function normalised(gram: Matrix): Matrix {
  const largest = Math.max(...gram.map((row, i) => row[i]));
  return gram.map((row) => row.map((product) => product / largest));
}

export const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i], 0);

/** Matrix times vector. */
export const times = (matrix: Matrix, x: readonly number[]): number[] => matrix.map((row) => dot(row, x));

/** A pivot that is not larger makes a matrix singular. */
const SINGULAR = 1e-12;

/** Solves A x = b for several b by Gauss-Jordan elimination with pivoting; undefined where A is (nearly) singular. */
export function solve(a: Matrix, ...rights: readonly (readonly number[])[]): number[][] | undefined {
  const rows = a.map((row, i) => [...row, ...rights.map((b) => b[i])]);
  const size = rows.length;
  for (let k = 0; k < size; k++) {
    let pivot = k;
    for (let i = k + 1; i < size; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) pivot = i;
    if (!(Math.abs(rows[pivot][k]) > SINGULAR)) return undefined;
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = 0; i < size; i++) {
      if (i === k) continue;
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j < rows[i].length; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  return rights.map((_, r) => rows.map((row, i) => row[size + r] / row[i]));
}

/** The weights of a point on a face: `values` at the corners of the face and 0 elsewhere. */
export const onFace = (count: number, face: readonly number[], values: readonly number[]): number[] =>
  Array.from({ length: count }, (_, i) => (face.includes(i) ? values[face.indexOf(i)] : 0));

/** The candidate with the lowest value. @param candidates one or more */
export function lowest(candidates: readonly number[][], value: (point: readonly number[]) => number): number[] {
  return candidates.reduce((best, point) => (value(point) < value(best) ? point : best));
}

/**
 * The weights w of the point of the hull that is nearest to the origin: those with the least |sum_t w_t g_t|.
 *
 * That point lies inside some face and is then the nearest point of the whole plane through that face. So for every
 * face the nearest point of its plane is computed, those with a negative weight are dropped, and the best one remains.
 * In the plane, w minimises w' G w under sum_t w_t = 1. With the Lagrange multiplier m:
 *   [G 1; 1' 0] [w; m] = [0; 1].
 */
export function minimumNormWeights(gram: Matrix): number[] {
  const count = gram.length;
  const candidates = faces(count).flatMap((face): number[][] => {
    if (face.length === 1) return [onFace(count, face, [1])];
    const bordered = [...face.map((i) => [...face.map((j) => gram[i][j]), 1]), [...face.map(() => 1), 0]];
    const [found] = solve(bordered, [...face.map(() => 0), 1]) ?? [];
    const weights = found?.slice(0, -1);
    return weights?.every((w) => w >= 0) ? [onFace(count, face, weights)] : [];
  });
  return lowest(candidates, (w) => dot(w, times(gram, w)));
}
