/** Yu et al.: Gradient Surgery for Multi-Task Learning (NeurIPS 2020). */
import * as z from 'zod';
import { defineWeighting, type GradientWeighting } from './weighting.js';

const settings = z.strictObject({ kind: z.literal('pcgrad') });

/**
 * Each task's gradient g_i is compared with the gradients g_j of the other tasks, in random order. Where g_i . g_j < 0
 * it is projected onto the plane normal to g_j: g_i <- g_i - (g_i . g_j) / |g_j|^2 g_j. The combined gradient is the
 * sum of the projected ones.
 *
 * A projected gradient is a linear combination of the tasks' gradients, so it is kept as the list of its coefficients,
 * and scalar products with it follow from the Gram matrix.
 */
export const pcgrad = defineWeighting(
  settings,
  (): GradientWeighting => ({
    form: 'gradients',
    combine(gram, random) {
      const tasks = [...gram.keys()];
      const projected = tasks.map((i) => {
        const coefficients = tasks.map((t): number => (t === i ? 1 : 0));
        for (const j of random.shuffle(tasks.filter((t) => t !== i))) {
          const product = coefficients.reduce((sum, coefficient, t) => sum + coefficient * gram[t][j], 0);
          if (product < 0) coefficients[j] -= product / gram[j][j];
        }
        return coefficients;
      });
      return tasks.map((t) => projected.reduce((sum, coefficients) => sum + coefficients[t], 0));
    },
  }),
);
