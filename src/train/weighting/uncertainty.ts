/** Kendall, Gal and Cipolla: Multi-Task Learning Using Uncertainty to Weigh Losses (CVPR 2018). */
import { z } from 'zod';
import { add, addAll, exp, mul, neg, reluMask, sum } from '../../engine/index.js';
import { filled } from '../../nn/init.js';
import type { Task } from '../../tasks/task.js';
import type { Learned } from './weighting.js';

export const uncertaintySchema = z.strictObject({ kind: z.literal('uncertainty') });

const NAME = 'logVariance';

/** 1 / (2 sigma^2) before the loss of a regression, 1 / sigma^2 before that of a classification (equations 7 and 10). */
const factorOf = ({ regression }: Task): number => (regression ? 0.5 : 1);

/**
 * total = sum_t k_t exp(-s_t) L_t + s_t / 2, with s_t = log sigma_t^2 a trained variable that begins at 0, k_t = 1/2
 * for a regression and 1 for a classification. A task without labels in the batch leaves its s_t alone.
 */
export const uncertainty = (_: object, tasks: readonly Task[]): Learned => ({
  form: 'learned',
  total: (losses, scope) =>
    addAll(
      losses.map(({ task, loss, present = reluMask(loss) }) => {
        // A bias among variables: no decay, the base rate.
        const s = scope.child(task.name).variable(NAME, [1], 'bias', filled(0));
        const half = mul(present, 0.5);
        return sum(add(mul(mul(exp(neg(s)), factorOf(task)), loss), mul(s, half)));
      }),
    ),
  weights: (values) =>
    tasks.map((task) => factorOf(task) * Math.exp(-(values.get(`weighting.${task.name}.${NAME}`)?.[0] ?? Number.NaN))),
});
