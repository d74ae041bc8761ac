/** Multiple-gradient descent: Sener and Koltun: Multi-Task Learning as Multi-Objective Optimization (NeurIPS 2018). */
import * as z from 'zod';
import { minimumNormWeights, normalised } from './simplex.js';
import { defineWeighting, type GradientWeighting } from './weighting.js';

const settings = z.strictObject({ kind: z.literal('mgda') });

/**
 * The combined gradient is T sum_t w_t g_t for T tasks, with w_t >= 0 and sum_t w_t = 1 such that |sum_t w_t g_t| is
 * least: no task's loss rises along it, to first order. The minimum is found exactly (`simplex.ts`), where the paper
 * iterates (Frank and Wolfe).
 */
export const mgda = defineWeighting(
  settings,
  (): GradientWeighting => ({
    form: 'gradients',
    combine: (gram) => minimumNormWeights(normalised(gram)).map((w) => gram.length * w),
  }),
);
