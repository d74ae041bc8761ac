/** Liu, Liu, Jin, Stone and Liu: Conflict-Averse Gradient Descent (NeurIPS 2021). */
import { z } from 'zod';
import { dot, faces, lowest, nearestToZero, normalised, solve, spread, times } from './simplex.js';
import type { Joined, Matrix } from './weighting.js';

export const cagradSchema = z.strictObject({
  kind: z.literal('cagrad'),
  c: z
    .number()
    .min(0)
    .lt(1)
    .default(0.4)
    .describe('Radius around the mean gradient in which the direction is sought, as a share of its length.'),
});

/**
 * Near the mean gradient g_0, where |d - g_0| <= c |g_0|, the direction d along which the loss that gains least gains
 * most: d = g_0 + c |g_0| / |g_w| g_w, with g_w = sum_t w_t g_t the point of the hull that has the least
 * F(w) = g_w . g_0 + c |g_0| |g_w|. Joined is T d: with c = 0 the sum of the gradients.
 */
export const cagrad = ({ c }: { readonly c: number }): Joined => ({
  form: 'joined',
  join(products) {
    const gram = normalised(products);
    const { reach, weights } = worst(gram, c);
    const length = Math.sqrt(dot(weights, times(gram, weights)));
    return weights.map((w) => (length > 0 ? 1 + (gram.length * reach * w) / length : 1));
  },
});

/** The weights w of the least F, and c |g_0|. */
export function worst(gram: Matrix, c: number): { readonly reach: number; readonly weights: number[] } {
  const count = gram.length;
  const toMean = gram.map((row) => row.reduce((sum, product) => sum + product, 0) / count); // g_t . g_0
  const reach = c * Math.sqrt(Math.max(0, toMean.reduce((sum, product) => sum + product, 0) / count));
  // F is least within some face, or where g_w = 0.
  const candidates = faces(count).flatMap((face) => within(gram, toMean, reach, face));
  const objective = (w: readonly number[]) => dot(w, toMean) + reach * Math.sqrt(Math.max(0, dot(w, times(gram, w))));
  return { reach, weights: lowest([...candidates, nearestToZero(gram)], objective) };
}

/**
 * Where F stands still within a face. With b_t = g_t . g_0 and s = c |g_0|: b + s G w / |g_w| = l for all corners, so
 * w = |g_w| / s (l p - q) with p = G^-1 1 and q = G^-1 b; from sum_t w_t = 1 and |g_w|^2 = w' G w follow
 * l = (1'q + root) / 1'p and w = (l p - q) / root, root^2 = (1'q)^2 - 1'p (b'q - s^2).
 */
function within(gram: Matrix, toMean: readonly number[], reach: number, face: readonly number[]): number[][] {
  if (face.length === 1) return [spread(gram.length, face, [1])];
  const ones = face.map(() => 1);
  const b = face.map((i) => toMean[i]);
  const [p, q] = solve(
    face.map((i) => face.map((j) => gram[i][j])),
    ones,
    b,
  ) ?? [[], []];
  const root = Math.sqrt(dot(ones, q) ** 2 - dot(ones, p) * (dot(b, q) - reach ** 2));
  const level = (dot(ones, q) + root) / dot(ones, p);
  const weights = p.map((x, i) => (level * x - q[i]) / root);
  return weights.length > 0 && weights.every((w) => w >= 0) ? [spread(gram.length, face, weights)] : [];
}
