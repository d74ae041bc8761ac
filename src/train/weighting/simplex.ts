/** Points of the convex hull of a few vectors that are known by their scalar products. */
import type { Matrix } from './weighting.js';

/** Every set of vectors among so many, as their numbers: the corners of every face of the hull. */
export function faces(count: number): number[][] {
  const all = Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: 2 ** count - 1 }, (_, bits) => all.filter((i) => ((bits + 1) >> i) & 1));
}

/** The scalar products divided by the largest: what follows is the same for gradients of any size. */
export function normalised(gram: Matrix): Matrix {
  const largest = Math.max(...gram.map((row, i) => row[i]));
  return gram.map((row) => row.map((product) => product / largest));
}

export const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i], 0);

/** Matrix times vector. */
export const times = (matrix: Matrix, x: readonly number[]): number[] => matrix.map((row) => dot(row, x));

const SINGULAR = 1e-12;

/** Solves A x = b for several b by elimination with pivoting; undefined where A is singular, or nearly so. */
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

/** A vector of zeros but for the given numbers at the corners of a face. */
export const spread = (count: number, face: readonly number[], values: readonly number[]): number[] =>
  Array.from({ length: count }, (_, i) => (face.includes(i) ? values[face.indexOf(i)] : 0));

/** The point with the lowest value; `candidates` is not empty. */
export function lowest(candidates: readonly number[][], value: (point: readonly number[]) => number): number[] {
  return candidates.reduce((best, point) => (value(point) < value(best) ? point : best));
}

/**
 * The factors w, w_t >= 0 and sum_t w_t = 1, with the least |sum_t w_t g_t|. The nearest point of the hull to 0 is the
 * nearest of the plane through some face, and lies within that face: of all such points it is the lowest.
 */
export function nearestToZero(gram: Matrix): number[] {
  const count = gram.length;
  const candidates = faces(count).flatMap((face): number[][] => {
    if (face.length === 1) return [spread(count, face, [1])];
    // At the nearest point G w is the same for all corners.
    const bordered = [...face.map((i) => [...face.map((j) => gram[i][j]), 1]), [...face.map(() => 1), 0]];
    const [found] = solve(bordered, [...face.map(() => 0), 1]) ?? [];
    const weights = found?.slice(0, -1);
    return weights?.every((w) => w >= 0) ? [spread(count, face, weights)] : [];
  });
  return lowest(candidates, (w) => dot(w, times(gram, w)));
}
