/** Yu et al.: Gradient Surgery for Multi-Task Learning (NeurIPS 2020). */
import { z } from 'zod';
import type { Joined } from './weighting.js';

export const pcgradSchema = z.strictObject({ kind: z.literal('pcgrad') });

/**
 * Every task's gradient goes through the others in random order and, where it points against one of them, is projected
 * onto the plane that the other stands upon: g_i <- g_i - (g_i . g_j) / |g_j|^2 g_j if g_i . g_j < 0. The sum of what
 * is left is joined. All of it happens in coordinates: g_i is kept as factors of the tasks' gradients.
 */
export const pcgrad = (): Joined => ({
  form: 'joined',
  join(gram, random) {
    const tasks = [...gram.keys()];
    const projected = tasks.map((i) => {
      const factors = tasks.map((t): number => (t === i ? 1 : 0));
      for (const j of random.shuffle(tasks.filter((t) => t !== i))) {
        const product = factors.reduce((sum, factor, t) => sum + factor * gram[t][j], 0);
        if (product < 0) factors[j] -= product / gram[j][j];
      }
      return factors;
    });
    return tasks.map((t) => projected.reduce((sum, factors) => sum + factors[t], 0));
  },
});
