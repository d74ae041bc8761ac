import { z } from 'zod';
import type { FixedWeighting } from './weighting.js';

export const fixedSchema = z.strictObject({ kind: z.literal('fixed') });

/** The sum of the losses, each multiplied by its factor in `train.lossWeights`. */
export const fixed = (): FixedWeighting => ({ form: 'fixed' });
