import * as z from 'zod';
import { defineWeighting, type FixedWeighting } from './weighting.js';

const settings = z.strictObject({ kind: z.literal('fixed') });

/** The sum of the losses, each multiplied by its factor in `train.lossWeights`. */
export const fixed = defineWeighting(settings, (): FixedWeighting => ({ form: 'fixed' }));
