/** Lin, Ye, Zhang and Tsang: Reasonable Effectiveness of Random Weighting (TMLR 2022). */
import { z } from 'zod';
import type { Task } from '../../tasks/task.js';
import { softmax } from './softmax.js';
import type { AdaptiveWeighting } from './weighting.js';

export const randomSchema = z.strictObject({ kind: z.literal('random') });

/** w_t = T softmax(z)_t for T tasks, with z_t drawn from the standard normal distribution before each update. */
export const random = (_: object, tasks: readonly Task[]): AdaptiveWeighting => ({
  form: 'adaptive',
  state: new Map(),
  nextWeights: (stream) => softmax(tasks.map(() => stream.normal())).map((p) => tasks.length * p),
});
