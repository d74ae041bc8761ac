/** The update of the variables after a step. */
import type { Floats } from '../engine/index.js';
import type { Group, Role, Values, Variable } from '../nn/scope.js';

export interface SgdOptions {
  readonly momentum: number;
  /** Half the derivative's factor: the gradient of decay |w|^2 / 2 is added to that of convolution weights. */
  readonly decay: number;
  /** Times the base learning rate, for each kind of variable; the decay follows, as it is part of the gradient. */
  readonly rates: Rates;
  /** Largest norm of all gradients together; longer ones are shortened to it. */
  readonly clip?: number | null;
}

export interface Rates {
  readonly fusion: number;
  readonly headWeight: number;
  readonly headBias: number;
}

/** Changes values in place by their gradients; what it remembers between steps is its state. */
export interface Optimizer<A extends Floats = Float32Array> {
  /** State by slot and path, such as `momentum.seg.conv1_1.weight`: kept in checkpoints. */
  readonly state: Values<A>;
  apply(gradients: ReadonlyMap<string, A>, rate: number): void;
}

export function rateOf({ group, role }: { group: Group; role: Role }, rates: Rates): number {
  if (group === 'fusion') return rates.fusion;
  if (group === 'head') return role === 'bias' ? rates.headBias : rates.headWeight;
  return 1;
}

/**
 * Stochastic gradient descent with momentum, as PyTorch has it, in one pass over arrays on the host:
 * v <- momentum v + (g + decay w);  w <- w - rate v.
 */
export function sgd<A extends Floats>(
  variables: Iterable<Variable>,
  values: Values<A>,
  options: SgdOptions,
): Optimizer<A> {
  const { momentum, decay, rates, clip } = options;
  const trained = [...variables].filter(({ role }) => role !== 'statistic');
  const state: Values<A> = new Map();
  for (const { path } of trained) state.set(`momentum.${path}`, arrayAt(values, path).slice().fill(0) as A);
  return {
    state,
    apply(gradients, rate) {
      const shrink = clip ? Math.min(1, clip / globalNorm(gradients.values())) : 1;
      for (const variable of trained) {
        const gradient = gradients.get(variable.path);
        if (!gradient) continue;
        const weight = arrayAt(values, variable.path);
        const velocity = arrayAt(state, `momentum.${variable.path}`);
        const step = rate * rateOf(variable, rates);
        const pull = variable.role === 'weight' ? decay : 0;
        update(weight, velocity, gradient, momentum, step, pull, shrink);
      }
    },
  };
}

function update(
  weight: Floats,
  velocity: Floats,
  gradient: Floats,
  momentum: number,
  step: number,
  decay: number,
  shrink: number,
): void {
  for (let i = 0; i < weight.length; i++) {
    const v = momentum * velocity[i] + shrink * gradient[i] + decay * weight[i];
    velocity[i] = v;
    weight[i] -= step * v;
  }
}

function globalNorm(arrays: Iterable<Floats>): number {
  let sum = 0;
  for (const array of arrays) for (let i = 0; i < array.length; i++) sum += array[i] * array[i];
  return Math.sqrt(sum);
}

function arrayAt<A extends Floats>(values: Values<A>, path: string): A {
  const array = values.get(path);
  if (!array) throw new Error(`no values for ${path}`);
  return array;
}

/** Poly schedule: base (1 - step / steps)^power. The last step still moves: `steps` itself is never reached. */
export const polyRate = (base: number, step: number, steps: number, power = 0.9): number =>
  base * (1 - step / steps) ** power;
