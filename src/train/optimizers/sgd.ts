import { z } from 'zod';
import type { Floats } from '../../engine/index.js';
import type { Rule } from './optimizer.js';

export const sgdSchema = z.strictObject({
  kind: z.literal('sgd'),
  momentum: z.number().min(0).lt(1).default(0.9).describe('Share of the last step that the next one keeps.'),
  nesterov: z.boolean().default(false).describe('Step by the gradient and the momentum that it leads to.'),
  decay: z.number().min(0).default(2.5e-4).describe('Decay of convolution weights, added to their gradient.'),
});

/**
 * Stochastic gradient descent with momentum, as PyTorch has it, with g <- g + decay w:
 * v <- momentum v + g;  w <- w - rate v, or with Nesterov's momentum w <- w - rate (g + momentum v).
 */
export function sgd({ momentum, nesterov, decay }: Omit<z.output<typeof sgdSchema>, 'kind'>): Rule {
  const loop = nesterov ? nesterovLoop : momentumLoop;
  return {
    slots: ['momentum'],
    apply: (weight, gradient, [velocity], { rate, shrink, decays }) =>
      loop(weight, velocity, gradient, momentum, rate, decays ? decay : 0, shrink),
  };
}

type Loop = (
  weight: Floats,
  velocity: Floats,
  gradient: Floats,
  momentum: number,
  rate: number,
  decay: number,
  shrink: number,
) => void;

const momentumLoop: Loop = (weight, velocity, gradient, momentum, rate, decay, shrink) => {
  const move = (i: number) => {
    const v = momentum * velocity[i] + shrink * gradient[i] + decay * weight[i];
    velocity[i] = v;
    weight[i] -= rate * v;
  };
  // Four a turn take an eighth less time.
  let i = 0;
  for (; i + 4 <= weight.length; i += 4) {
    move(i);
    move(i + 1);
    move(i + 2);
    move(i + 3);
  }
  for (; i < weight.length; i++) move(i);
};

const nesterovLoop: Loop = (weight, velocity, gradient, momentum, rate, decay, shrink) => {
  for (let i = 0; i < weight.length; i++) {
    const g = shrink * gradient[i] + decay * weight[i];
    const v = momentum * velocity[i] + g;
    velocity[i] = v;
    weight[i] -= rate * (g + momentum * v);
  }
};
