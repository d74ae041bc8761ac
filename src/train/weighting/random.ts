/** Lin, Ye, Zhang and Tsang: Reasonable Effectiveness of Random Weighting (TMLR 2022). */
import * as z from 'zod';
import { softmax } from './softmax.js';
import { type AdaptiveWeighting, defineWeighting } from './weighting.js';

const settings = z.strictObject({ kind: z.literal('random') });

/** w_t = T softmax(z)_t for T tasks, with z_t drawn from the standard normal distribution before each update. */
export const random = defineWeighting(
  settings,
  (_, tasks): AdaptiveWeighting => ({
    form: 'adaptive',
    state: new Map(),
    nextWeights: (stream) => softmax(tasks.map(() => stream.normal())).map((p) => tasks.length * p),
  }),
);
