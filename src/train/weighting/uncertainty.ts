/** Kendall, Gal and Cipolla: Multi-Task Learning Using Uncertainty to Weigh Losses (CVPR 2018). */
import * as z from 'zod';
import { addAll, exp, neg, reluMask, sum } from '../../engine/index.js';
import { filled } from '../../nn/init.js';
import type { Task } from '../../tasks/task.js';
import { defineWeighting, type LearnedWeighting } from './weighting.js';

const settings = z.strictObject({ kind: z.literal('uncertainty') });

const NAME = 'logVariance';

/** k_t: the loss of a regression counts 1 / (2 sigma^2), that of a classification 1 / sigma^2 (equations 7 and 10). */
const factorOf = ({ regression }: Task): number => (regression ? 0.5 : 1);

/**
 * Minimises sum_t k_t exp(-s_t) L_t + p_t s_t / 2, where s_t = log sigma_t^2 is a trained variable that starts at 0,
 * k_t = 1/2 for a regression and 1 for a classification, and p_t = 1 where the batch has a label of task t and 0
 * elsewhere: without labels s_t has no gradient.
 */
export const uncertainty = defineWeighting(
  settings,
  (_, tasks): LearnedWeighting => ({
    form: 'learned',
    objective: (losses, scope) =>
      addAll(
        losses.map(({ task, loss, present = reluMask(loss) }) => {
          // With the role of a bias it does not decay and follows the base rate.
          const s = scope.child(task.name).variable(NAME, [1], 'bias', filled(0));
          const weighted = exp(neg(s)).times(factorOf(task)).times(loss); // exp(-s) k L
          const regulariser = s.times(present.times(0.5)); // s p / 2
          return sum(weighted.plus(regulariser));
        }),
      ),
    // k exp(-s)
    weights: (values) =>
      tasks.map(
        (task) => factorOf(task) * Math.exp(-(values.get(`weighting.${task.name}.${NAME}`)?.[0] ?? Number.NaN)),
      ),
  }),
);
