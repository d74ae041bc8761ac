/** Multiple-gradient descent: Sener and Koltun: Multi-Task Learning as Multi-Objective Optimization (NeurIPS 2018). */
import { z } from 'zod';
import { nearestToZero, normalised } from './simplex.js';
import type { Joined } from './weighting.js';

export const mgdaSchema = z.strictObject({ kind: z.literal('mgda') });

/**
 * T sum_t w_t g_t with w_t >= 0 and sum_t w_t = 1 such that |sum_t w_t g_t| is least: a direction that no loss goes up
 * along, solved exactly (`simplex.ts`) where the paper iterates (Frank and Wolfe).
 */
export const mgda = (): Joined => ({
  form: 'joined',
  join: (gram) => nearestToZero(normalised(gram)).map((w) => gram.length * w),
});
