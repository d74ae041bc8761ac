/** Chen, Badrinarayanan, Lee and Rabinovich: GradNorm (ICML 2018). */
import { z } from 'zod';
import type { Task } from '../../tasks/task.js';
import type { Chosen } from './weighting.js';

export const gradnormSchema = z.strictObject({
  kind: z.literal('gradnorm'),
  alpha: z
    .number()
    .min(0)
    .default(1.5)
    .describe('Exponent of the relative training rate. The higher it is, the more weight tasks that train slowly get.'),
  rate: z.number().positive().default(0.025).describe('Learning rate of the loss weights.'),
});

type Settings = Omit<z.output<typeof gradnormSchema>, 'kind'>;

/** As published a weight may fall below 0 and turn its task around. */
const LEAST = 1e-3;

/**
 * Weights w_t, 1 at first, descend sum_t |G_t - mean(G) r_t^alpha|, where
 * G_t = w_t |gradient of L_t by the last shared weights|,  r_t = (L_t / L_t(0)) / mean over tasks of the same,
 * mean(G) r_t^alpha is taken as constant, and after each step the weights are scaled so that their sum is T.
 * A task without labels in the batch takes no part. Where no layer is shared the weights stay 1.
 */
export function gradnorm({ alpha, rate }: Settings, tasks: readonly Task[]): Chosen {
  const weights = new Float32Array(tasks.length).fill(1);
  const initial = new Float32Array(tasks.length);
  return {
    form: 'chosen',
    state: new Map([
      ['weight', weights],
      ['initial', initial],
    ]),
    wantsNorms: true,
    choose: () => [...weights],
    learn({ losses, norms }) {
      for (const [t, loss] of losses.entries()) if (initial[t] === 0) initial[t] = loss;
      if (!norms) return;
      const active = [...losses.keys()].filter((t) => losses[t] > 0);
      const mean = (of: (t: number) => number) => active.reduce((sum, t) => sum + of(t), 0) / active.length;
      const length = (t: number) => weights[t] * norms[t];
      const progress = (t: number) => losses[t] / initial[t];
      const [meanLength, meanProgress] = [mean(length), mean(progress)];
      const next = active.map((t) => {
        const target = meanLength * (progress(t) / meanProgress) ** alpha;
        return Math.max(LEAST, weights[t] - rate * Math.sign(length(t) - target) * norms[t]);
      });
      for (const [i, t] of active.entries()) weights[t] = next[i];
      const scale = tasks.length / weights.reduce((sum, weight) => sum + weight, 0);
      for (let t = 0; t < weights.length; t++) weights[t] *= scale;
    },
  };
}
