/** Chen, Badrinarayanan, Lee and Rabinovich: GradNorm (ICML 2018). */
import * as z from 'zod';
import { type AdaptiveWeighting, defineWeighting } from './weighting.js';

const settings = z.strictObject({
  kind: z.literal('gradnorm'),
  alpha: z
    .number()
    .min(0)
    .default(1.5)
    .describe('Exponent of the relative training rate. The higher it is, the more weight tasks that train slowly get.'),
  rate: z.number().positive().default(0.025).describe('Learning rate of the loss weights.'),
});

/** Lower bound of a weight. The published rule has none: a weight below 0 would raise its task's loss. */
const LEAST = 1e-3;

/**
 * Weights w_t, 1 at first, follow the gradient of sum_t |G_t - target_t| downwards, where
 *   G_t = w_t n_t, n_t the norm of the gradient of L_t with respect to the last shared weights,
 *   target_t = mean(G) r_t^alpha, taken as a constant,
 *   r_t = (L_t / L_t(0)) / mean over the tasks of the same ratio.
 * So w_t <- w_t - rate sign(G_t - target_t) n_t; then all weights are scaled so that their sum is the number of tasks.
 * A task without labels in the update is left out. Where no layer is shared the weights stay 1.
 */
export const gradnorm = defineWeighting(settings, ({ alpha, rate }, tasks): AdaptiveWeighting => {
  const weights = new Float32Array(tasks.length).fill(1);
  const initial = new Float32Array(tasks.length);
  return {
    form: 'adaptive',
    state: new Map([
      ['weight', weights],
      ['initial', initial],
    ]),
    needsNorms: true,
    nextWeights: () => [...weights],
    observe({ losses, norms }) {
      for (const [t, loss] of losses.entries()) if (initial[t] === 0) initial[t] = loss;
      if (!norms) return;
      const active = [...losses.keys()].filter((t) => losses[t] > 0);
      const meanOver = (of: (t: number) => number) => active.reduce((sum, t) => sum + of(t), 0) / active.length;
      const weightedNorm = (t: number) => weights[t] * norms[t]; // G_t
      const progress = (t: number) => losses[t] / initial[t];
      const [meanNorm, meanProgress] = [meanOver(weightedNorm), meanOver(progress)];
      const next = active.map((t) => {
        const target = meanNorm * (progress(t) / meanProgress) ** alpha;
        return Math.max(LEAST, weights[t] - rate * Math.sign(weightedNorm(t) - target) * norms[t]);
      });
      for (const [i, t] of active.entries()) weights[t] = next[i];
      const scale = tasks.length / weights.reduce((sum, weight) => sum + weight, 0);
      for (let t = 0; t < weights.length; t++) weights[t] *= scale;
    },
  };
});
