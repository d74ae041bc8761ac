/** Adam (Kingma and Ba, ICLR 2015) and AdamW (Loshchilov and Hutter, ICLR 2019). */
import { z } from 'zod';
import type { Floats } from '../../engine/index.js';
import type { Rule, Use } from './optimizer.js';

const moments = {
  beta1: z.number().min(0).lt(1).default(0.9).describe('Share that the mean of the gradients keeps.'),
  beta2: z.number().min(0).lt(1).default(0.999).describe('Share that the mean of their squares keeps.'),
  epsilon: z.number().positive().default(1e-8).describe('Added to the root of the mean square.'),
};

export const adamSchema = z.strictObject({
  kind: z.literal('adam'),
  ...moments,
  decay: z.number().min(0).default(2.5e-4).describe('Decay of convolution weights, added to their gradient.'),
});

export const adamwSchema = z.strictObject({
  kind: z.literal('adamw'),
  ...moments,
  decay: z
    .number()
    .min(0)
    .default(0.01)
    .describe('Share of its value, times its rate, that a convolution weight loses at each update.'),
});

type Settings = Omit<z.output<typeof adamSchema>, 'kind'>;

/**
 * As PyTorch has it, with g <- g + decay w, t the number of the update:
 * m <- beta1 m + (1 - beta1) g;  v <- beta2 v + (1 - beta2) g^2;
 * w <- w - rate m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon).
 */
export const adam = (settings: Settings): Rule => ({
  slots: ['mean', 'square'],
  apply: (weight, gradient, [mean, square], use) =>
    loop(weight, gradient, mean, square, use, settings, use.decays ? settings.decay : 0, 1),
});

/** The same but for the decay, which is no part of the gradient: first w <- w - rate decay w. */
export const adamw = (settings: Settings): Rule => ({
  slots: ['mean', 'square'],
  apply: (weight, gradient, [mean, square], use) =>
    loop(weight, gradient, mean, square, use, settings, 0, use.decays ? 1 - use.rate * settings.decay : 1),
});

function loop(
  weight: Floats,
  gradient: Floats,
  mean: Floats,
  square: Floats,
  { rate, shrink, update }: Use,
  { beta1, beta2, epsilon }: Settings,
  pull: number,
  keep: number,
): void {
  const step = rate / (1 - beta1 ** update);
  const scale = 1 / Math.sqrt(1 - beta2 ** update);
  for (let i = 0; i < weight.length; i++) {
    const g = shrink * gradient[i] + pull * weight[i];
    const m = beta1 * mean[i] + (1 - beta1) * g;
    const v = beta2 * square[i] + (1 - beta2) * g * g;
    mean[i] = m;
    square[i] = v;
    weight[i] = keep * weight[i] - (step * m) / (scale * Math.sqrt(v) + epsilon);
  }
}
