/** Dynamic weight average: Liu, Johns and Davison: End-to-End Multi-Task Learning with Attention (CVPR 2019). */
import * as z from 'zod';
import { softmax } from './softmax.js';
import { type AdaptiveWeighting, defineWeighting } from './weighting.js';

const settings = z.strictObject({
  kind: z.literal('dwa'),
  temperature: z
    .number()
    .positive()
    .default(2)
    .describe('Temperature of the softmax. The higher it is, the more equal the weights are.'),
  window: z
    .int()
    .positive()
    .default(100)
    .describe(
      'Steps of a window. The mean losses of the last two windows are compared. As published, a window is an epoch.',
    ),
});

/**
 * w_t = T softmax(r / temperature)_t for T tasks, where r_t is the mean loss of task t in the last window of updates
 * over its mean loss in the window before. A task whose loss falls slowly thus gets a larger weight. During the first
 * two windows all weights are 1. Updates without a label of a task do not count in its means.
 */
export const dwa = defineWeighting(settings, ({ temperature, window }, tasks): AdaptiveWeighting => {
  const perTask = () => new Float32Array(tasks.length);
  // Sum and number of the losses of the current window, and the means of the last two windows.
  const slots = { sum: perTask(), count: perTask(), last: perTask(), before: perTask() };
  const { sum, count, last, before } = slots;
  return {
    form: 'adaptive',
    state: new Map(Object.entries(slots)),
    nextWeights() {
      const ratios = tasks.map((_, t) => (before[t] > 0 ? last[t] / before[t] : 1));
      return softmax(ratios.map((ratio) => ratio / temperature)).map((p) => tasks.length * p);
    },
    observe({ update, losses }) {
      for (const [t, loss] of losses.entries()) {
        sum[t] += loss;
        if (loss > 0) count[t]++;
      }
      if ((update + 1) % window !== 0) return;
      before.set(last);
      for (let t = 0; t < count.length; t++) if (count[t] > 0) last[t] = sum[t] / count[t];
      sum.fill(0);
      count.fill(0);
    },
  };
});
