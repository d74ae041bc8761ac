import { z } from 'zod';
import type { Fixed } from './weighting.js';

export const fixedSchema = z.strictObject({ kind: z.literal('fixed') });

/** The sum of the losses, each times its factor in `train.lossWeights`. */
export const fixed = (): Fixed => ({ form: 'fixed' });
