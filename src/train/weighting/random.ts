/** Lin, Ye, Zhang and Tsang: Reasonable Effectiveness of Random Weighting (TMLR 2022). */
import { z } from 'zod';
import type { Task } from '../../tasks/task.js';
import { softmax } from './softmax.js';
import type { Chosen } from './weighting.js';

export const randomSchema = z.strictObject({ kind: z.literal('random') });

/** weight_t = T softmax(z)_t with z_t drawn anew at each update from the standard normal distribution. */
export const random = (_: object, tasks: readonly Task[]): Chosen => ({
  form: 'chosen',
  state: new Map(),
  choose: (stream) => softmax(tasks.map(() => stream.normal())).map((share) => tasks.length * share),
});
