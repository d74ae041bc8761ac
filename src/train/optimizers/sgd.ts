import * as z from 'zod';
import { formulas } from '../kernel/formula.js';
import { defineOptimizer } from './optimizer.js';

const settings = z.strictObject({
  kind: z.literal('sgd'),
  momentum: z.number().min(0).lt(1).default(0.9).describe('Share of the last update that the next one keeps.'),
  nesterov: z.boolean().default(false).describe("Whether to use Nesterov's momentum."),
  decay: z
    .number()
    .min(0)
    .default(2.5e-4)
    .describe('Weight decay: this times a convolution weight is added to its gradient.'),
});

/**
 * Stochastic gradient descent with momentum, as in PyTorch. With g the clipped gradient:
 *   g <- g + decay w
 *   v <- momentum v + g
 *   w <- w - rate v, or with Nesterov's momentum w <- w - rate (g + momentum v)
 */
export const sgd = defineOptimizer(settings, ({ momentum, nesterov, decay }) => ({
  slots: ['momentum'],
  formulas: nesterov ? nesterovStep : momentumStep,
  scalars: ({ rate, clipFactor, decays }) => ({ coefficient: momentum, rate, clipFactor, decay: decays ? decay : 0 }),
}));

const ARRAYS = ['weight', 'gradient', 'momentum'] as const;
const SCALARS = ['coefficient', 'rate', 'clipFactor', 'decay'] as const;

const momentumStep = formulas(
  ARRAYS,
  SCALARS,
  ({ weight, gradient, momentum, coefficient, rate, clipFactor, decay }) => {
    const v = coefficient.times(momentum).plus(clipFactor.times(gradient)).plus(decay.times(weight));
    return { momentum: v, weight: weight.minus(rate.times(v)) };
  },
);

const nesterovStep = formulas(
  ARRAYS,
  SCALARS,
  ({ weight, gradient, momentum, coefficient, rate, clipFactor, decay }) => {
    const g = clipFactor.times(gradient).plus(decay.times(weight));
    const v = coefficient.times(momentum).plus(g);
    return { momentum: v, weight: weight.minus(rate.times(g.plus(coefficient.times(v)))) };
  },
);
