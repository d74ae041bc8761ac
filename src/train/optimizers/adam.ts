/** Adam (Kingma and Ba, ICLR 2015) and AdamW (Loshchilov and Hutter, ICLR 2019). */
import * as z from 'zod';
import { formulas } from '../kernel/formula.js';
import { defineOptimizer, type Rule } from './optimizer.js';

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

const adamSettings = z.strictObject({
  kind: z.literal('adam'),
  ...moments,
  decay: z
    .number()
    .min(0)
    .default(2.5e-4)
    .describe('Weight decay: this times a convolution weight is added to its gradient.'),
});

const adamwSettings = z.strictObject({
  kind: z.literal('adamw'),
  ...moments,
  decay: z
    .number()
    .min(0)
    .default(0.01)
    .describe('Weight decay: a convolution weight loses this, times the learning rate, of its value at each update.'),
});

type Settings = Omit<z.output<typeof adamSettings>, 'kind'>;

/**
 * As in PyTorch. With g the clipped gradient, t the number of the update from 1, and the decay as L2 regularisation:
 *   g <- g + decay w
 *   m <- beta1 m + (1 - beta1) g
 *   v <- beta2 v + (1 - beta2) g^2
 *   w <- w - rate m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
 */
export const adam = defineOptimizer(adamSettings, (settings) =>
  ruleOf(settings, ({ decay }) => ({ gradientDecay: decay, weightFactor: 1 })),
);

/** Adam with decoupled decay: the gradient stays as it is, and w <- (1 - rate decay) w comes first. */
export const adamw = defineOptimizer(adamwSettings, (settings) =>
  ruleOf(settings, ({ decay, rate }) => ({ gradientDecay: 0, weightFactor: 1 - rate * decay })),
);

/** How a weight decays. */
interface Decay {
  /** This multiple of the weight is added to its gradient. */
  readonly gradientDecay: number;
  /** The weight is multiplied by this before the step. */
  readonly weightFactor: number;
}

function ruleOf(
  { beta1, beta2, epsilon, decay }: Settings,
  decayOf: (settings: { readonly decay: number; readonly rate: number }) => Decay,
): Rule {
  return {
    slots: ['mean', 'square'],
    formulas: step,
    scalars: ({ rate, clipFactor, decays, update }) => ({
      ...{ beta1, oneMinusBeta1: 1 - beta1, beta2, oneMinusBeta2: 1 - beta2, epsilon, clipFactor },
      // The corrections of the bias that m and v have, since they start at 0.
      stepSize: rate / (1 - beta1 ** update),
      rootCorrection: 1 / Math.sqrt(1 - beta2 ** update),
      ...decayOf({ decay: decays ? decay : 0, rate }),
    }),
  };
}

const SCALARS = [
  'beta1',
  'oneMinusBeta1',
  'beta2',
  'oneMinusBeta2',
  'epsilon',
  'stepSize',
  'rootCorrection',
  'clipFactor',
  'gradientDecay',
  'weightFactor',
] as const;

const step = formulas(
  ['weight', 'gradient', 'mean', 'square'],
  SCALARS,
  ({ weight, gradient, mean, square, ...by }) => {
    const g = by.clipFactor.times(gradient).plus(by.gradientDecay.times(weight));
    const m = by.beta1.times(mean).plus(by.oneMinusBeta1.times(g));
    const v = by.beta2.times(square).plus(by.oneMinusBeta2.times(g).times(g));
    const moved = by.stepSize.times(m).over(by.rootCorrection.times(v.root()).plus(by.epsilon));
    return { mean: m, square: v, weight: by.weightFactor.times(weight).minus(moved) };
  },
);
