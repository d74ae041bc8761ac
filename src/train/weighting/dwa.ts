/** Dynamic weight average: Liu, Johns and Davison: End-to-End Multi-Task Learning with Attention (CVPR 2019). */
import { z } from 'zod';
import type { Task } from '../../tasks/task.js';
import { softmax } from './softmax.js';
import type { Chosen } from './weighting.js';

export const dwaSchema = z.strictObject({
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

type Settings = Omit<z.output<typeof dwaSchema>, 'kind'>;

/**
 * weight_t = T softmax(r / temperature)_t with r_t the mean loss of the last window over that of the window before:
 * a task whose loss falls slowly weighs more. All weights are 1 for two windows. Batches without labels do not count.
 */
export function dwa({ temperature, window }: Settings, tasks: readonly Task[]): Chosen {
  const numbers = () => new Float32Array(tasks.length);
  const slots = { sum: numbers(), count: numbers(), last: numbers(), before: numbers() };
  const { sum, count, last, before } = slots;
  return {
    form: 'chosen',
    state: new Map(Object.entries(slots)),
    choose() {
      const ratios = tasks.map((_, t) => (before[t] > 0 ? last[t] / before[t] : 1));
      return softmax(ratios.map((ratio) => ratio / temperature)).map((share) => tasks.length * share);
    },
    learn({ step, losses }) {
      for (const [t, loss] of losses.entries()) {
        sum[t] += loss;
        if (loss > 0) count[t]++;
      }
      if ((step + 1) % window !== 0) return;
      before.set(last);
      for (let t = 0; t < count.length; t++) if (count[t] > 0) last[t] = sum[t] / count[t];
      sum.fill(0);
      count.fill(0);
    },
  };
}
