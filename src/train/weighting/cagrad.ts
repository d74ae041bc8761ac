/** Liu, Liu, Jin, Stone and Liu: Conflict-Averse Gradient Descent (NeurIPS 2021). */
import * as z from 'zod';
import { dot, faces, lowest, minimumNormWeights, normalised, onFace, solve, times } from './simplex.js';
import { defineWeighting, type GradientWeighting, type Matrix } from './weighting.js';

const settings = z.strictObject({
  kind: z.literal('cagrad'),
  c: z
    .number()
    .min(0)
    .lt(1)
    .default(0.4)
    .describe('Radius around the mean gradient in which the direction is sought, as a share of its length.'),
});

/**
 * With g_0 the mean of the tasks' gradients, the direction d within |d - g_0| <= c |g_0| for which min_t g_t . d, the
 * improvement of the task that improves least, is greatest. By duality
 *   d = g_0 + c |g_0| g_w / |g_w|, with g_w = sum_t w_t g_t and w the minimiser over the simplex of
 *   F(w) = g_w . g_0 + c |g_0| |g_w|.
 * The combined gradient is T d for T tasks; with c = 0 it is the sum of the gradients.
 */
export const cagrad = defineWeighting(
  settings,
  ({ c }): GradientWeighting => ({
    form: 'gradients',
    combine(products) {
      const gram = normalised(products);
      const { radius, weights } = dualSolution(gram, c);
      const norm = Math.sqrt(dot(weights, times(gram, weights))); // |g_w|
      // T d = sum_t g_t + (T radius / |g_w|) sum_t w_t g_t
      return weights.map((w) => (norm > 0 ? 1 + (gram.length * radius * w) / norm : 1));
    },
  }),
);

/** The weights w that minimise F, and the radius c |g_0|. */
function dualSolution(gram: Matrix, c: number): { readonly radius: number; readonly weights: number[] } {
  const count = gram.length;
  const meanProducts = gram.map((row) => row.reduce((sum, product) => sum + product, 0) / count); // g_t . g_0
  const squaredMean = meanProducts.reduce((sum, product) => sum + product, 0) / count; // |g_0|^2
  const radius = c * Math.sqrt(Math.max(0, squaredMean));
  // F has its minimum inside some face, or where g_w = 0 and F has no gradient.
  const candidates = faces(count).flatMap((face) => stationaryPoint(gram, meanProducts, radius, face));
  const objective = (w: readonly number[]) =>
    dot(w, meanProducts) + radius * Math.sqrt(Math.max(0, dot(w, times(gram, w))));
  return { radius, weights: lowest([...candidates, minimumNormWeights(gram)], objective) };
}

/**
 * The point inside a face where F is stationary, as a list of one; an empty list where there is none.
 *
 * With b_t = g_t . g_0, s = c |g_0| and a Lagrange multiplier l for sum_t w_t = 1, the derivative of F gives
 *   b + s G w / |g_w| = l 1, so w = |g_w| / s (l p - q) with p = G^-1 1 and q = G^-1 b.
 * From sum_t w_t = 1 and |g_w|^2 = w' G w follow
 *   l = (1'q + root) / 1'p and w = (l p - q) / root, with root^2 = (1'q)^2 - 1'p (b'q - s^2).
 */
function stationaryPoint(gram: Matrix, b: readonly number[], radius: number, face: readonly number[]): number[][] {
  if (face.length === 1) return [onFace(gram.length, face, [1])];
  const ones = face.map(() => 1);
  const faceProducts = face.map((i) => b[i]);
  const [p, q] = solve(
    face.map((i) => face.map((j) => gram[i][j])),
    ones,
    faceProducts,
  ) ?? [[], []];
  const root = Math.sqrt(dot(ones, q) ** 2 - dot(ones, p) * (dot(faceProducts, q) - radius ** 2));
  const multiplier = (dot(ones, q) + root) / dot(ones, p);
  const weights = p.map((x, i) => (multiplier * x - q[i]) / root);
  return weights.length > 0 && weights.every((w) => w >= 0) ? [onFace(gram.length, face, weights)] : [];
}
