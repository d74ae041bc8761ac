/** Adam (Kingma and Ba, ICLR 2015) and AdamW (Loshchilov and Hutter, ICLR 2019). */
import { z } from 'zod';
import { kernel } from '../kernel/kernel.js';
import type { Rule } from './optimizer.js';

const moments = {
  beta1: z
    .number()
    .min(0)
    .lt(1)
    .default(0.9)
    .describe('Share of its value that the moving mean of the gradients keeps at each update.'),
  beta2: z
    .number()
    .min(0)
    .lt(1)
    .default(0.999)
    .describe('Share of its value that the moving mean of their squares keeps at each update.'),
  epsilon: z.number().positive().default(1e-8).describe('Number added to the root of the mean square.'),
};

export const adamSchema = z.strictObject({
  kind: z.literal('adam'),
  ...moments,
  decay: z
    .number()
    .min(0)
    .default(2.5e-4)
    .describe('Weight decay: this times a convolution weight is added to its gradient.'),
});

export const adamwSchema = z.strictObject({
  kind: z.literal('adamw'),
  ...moments,
  decay: z
    .number()
    .min(0)
    .default(0.01)
    .describe('Weight decay: a convolution weight loses this, times the learning rate, of its value at each update.'),
});

type Settings = Omit<z.output<typeof adamSchema>, 'kind'>;

/**
 * As PyTorch has it, with g <- g + decay w, t the number of the update:
 * m <- beta1 m + (1 - beta1) g;  v <- beta2 v + (1 - beta2) g^2;
 * w <- w - rate m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon).
 */
export const adam = (settings: Settings): Rule => ruleOf(settings, ({ decay }) => ({ pull: decay, keep: 1 }));

/** The same but for the decay, which is no part of the gradient: first w <- w - rate decay w. */
export const adamw = (settings: Settings): Rule =>
  ruleOf(settings, ({ decay, rate }) => ({ pull: 0, keep: 1 - rate * decay }));

/** @param decaying how a weight decays: what of it is added to its gradient, and what of it is kept */
function ruleOf(
  { beta1, beta2, epsilon, decay }: Settings,
  decaying: (use: { readonly decay: number; readonly rate: number }) => { pull: number; keep: number },
): Rule {
  return {
    slots: ['mean', 'square'],
    apply: (weight, gradient, [mean, square], { rate, shrink, decays, update }) => {
      const [gain1, gain2] = [1 - beta1, 1 - beta2];
      const [step, scale] = [rate / (1 - beta1 ** update), 1 / Math.sqrt(1 - beta2 ** update)];
      const moments = { beta1, gain1, beta2, gain2, epsilon };
      const { pull, keep } = decaying({ decay: decays ? decay : 0, rate });
      move({ weight, gradient, mean, square }, { ...moments, step, scale, shrink, pull, keep });
    },
  };
}

const move = kernel(
  ['weight', 'gradient', 'mean', 'square'],
  ['beta1', 'gain1', 'beta2', 'gain2', 'epsilon', 'step', 'scale', 'shrink', 'pull', 'keep'],
  ({ weight, gradient, mean, square, ...by }) => {
    const g = by.shrink.times(gradient).plus(by.pull.times(weight));
    const m = by.beta1.times(mean).plus(by.gain1.times(g));
    const v = by.beta2.times(square).plus(by.gain2.times(g).times(g));
    const moved = by.step.times(m).over(by.scale.times(v.root()).plus(by.epsilon));
    return { mean: m, square: v, weight: by.keep.times(weight).minus(moved) };
  },
);
