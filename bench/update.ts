/** One update of weights as training makes it, beside the loop in JavaScript that it stands in place of. */
import { kernel } from '../src/train/kernel/kernel.js';
import { adam } from '../src/train/optimizers/adam.js';
import { sgd } from '../src/train/optimizers/sgd.js';
import { medianOf, rounded } from './statistics.js';

export interface UpdateBench {
  readonly weights: number;
  readonly steps: number;
}

const [RATE, MOMENTUM, DECAY] = [1e-3, 0.9, 2.5e-4];
const WARM_UP_STEPS = 2;

export function benchUpdate({ weights, steps }: UpdateBench) {
  const [weight, gradient, velocity, mean, square] = [0.5, 0.1, 0.2, 0, 0.01].map((value) =>
    new Float32Array(weights).fill(value),
  );
  const use = { rate: RATE, clipFactor: 1, decays: true, update: 100 };
  const bySgd = sgd.create({ kind: 'sgd', momentum: MOMENTUM, nesterov: false, decay: DECAY });
  const byAdam = adam.create({ kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: DECAY });
  const [sgdStep, adamStep] = [bySgd, byAdam].map(({ formulas }) => kernel(formulas));
  const contenders = {
    sgd_ms: () => sgdStep({ weight, gradient, momentum: velocity }, bySgd.scalars(use)),
    sgd_loop_ms: () => loop(weight, gradient, velocity),
    adam_ms: () => adamStep({ weight, gradient, mean, square }, byAdam.scalars(use)),
  };
  const times = Object.keys(contenders).map((): number[] => []);
  for (let i = 0; i < steps + WARM_UP_STEPS; i++)
    for (const [which, run] of Object.values(contenders).entries()) {
      const began = performance.now();
      run();
      if (i >= WARM_UP_STEPS) times[which].push(performance.now() - began);
    }
  const medians = Object.keys(contenders).map((name, which) => [name, rounded(medianOf(times[which]), 2)]);
  return { peer: 'nddr', weights, ...Object.fromEntries(medians) };
}

function loop(weight: Float32Array, gradient: Float32Array, velocity: Float32Array): void {
  for (let i = 0; i < weight.length; i++) {
    const v = MOMENTUM * velocity[i] + gradient[i] + DECAY * weight[i];
    velocity[i] = v;
    weight[i] -= RATE * v;
  }
}
