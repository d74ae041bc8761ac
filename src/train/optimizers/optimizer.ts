/** The update of the variables after a step: what all optimizers share. */
import type { Floats } from '../../engine/index.js';
import type { Group, Role, Values, Variable } from '../../nn/scope.js';

/** Learning rates of kinds of variables, times the base rate. */
export interface Rates {
  readonly fusion: number;
  readonly headWeight: number;
  readonly headBias: number;
}

export interface UpdateOptions {
  readonly rates: Rates;
  /** Largest norm of all gradients together; longer ones are shortened to it. */
  readonly clip?: number | null;
}

/** What an update knows of one variable. */
export interface Use {
  /** Its learning rate. */
  readonly rate: number;
  /** Times the gradient, so that all of them together are no longer than the clip. */
  readonly shrink: number;
  /** Whether the variable is one that decays. */
  readonly decays: boolean;
  /** Number of the update, from 1. */
  readonly update: number;
}

/** How one array follows its gradient: the inner loop of an optimizer, one pass over arrays on the host. */
export interface Rule {
  /** Names of the arrays that are remembered for every variable; they begin at 0. */
  readonly slots: readonly string[];
  /** Changes the weight and what is remembered of it in place. */
  apply(weight: Floats, gradient: Floats, slots: readonly Floats[], use: Use): void;
}

/** Changes values in place by their gradients; what it remembers between steps is its state. */
export interface Optimizer<A extends Floats = Float32Array> {
  /** State by slot and path, such as `momentum.seg.conv1_1.weight`: kept in checkpoints. */
  readonly state: Values<A>;
  /** @param update number of the update, from 1 */
  apply(gradients: ReadonlyMap<string, A>, rate: number, update: number): void;
}

export function rateOf({ group, role }: { group: Group; role: Role }, rates: Rates): number {
  if (group === 'fusion') return rates.fusion;
  if (group === 'head') return role === 'bias' ? rates.headBias : rates.headWeight;
  return 1;
}

/** Applies a rule to every variable that is trained; only convolution weights decay. */
export function optimizerOf<A extends Floats>(
  rule: Rule,
  variables: Iterable<Variable>,
  values: Values<A>,
  { rates, clip }: UpdateOptions,
): Optimizer<A> {
  const state: Values<A> = new Map();
  const trained = [...variables]
    .filter(({ role }) => role !== 'statistic')
    .map((variable) => {
      const weight = values.get(variable.path);
      if (!weight) throw new Error(`no values for ${variable.path}`);
      const slots = rule.slots.map((slot) => {
        const array = weight.slice().fill(0) as A;
        state.set(`${slot}.${variable.path}`, array);
        return array;
      });
      return { ...variable, weight, slots };
    });
  return {
    state,
    apply(gradients, rate, update) {
      const shrink = clip ? Math.min(1, clip / globalNorm(gradients.values())) : 1;
      for (const { path, group, role, weight, slots } of trained) {
        const gradient = gradients.get(path);
        if (!gradient) continue;
        const use = { rate: rate * rateOf({ group, role }, rates), shrink, decays: role === 'weight', update };
        rule.apply(weight, gradient, slots, use);
      }
    },
  };
}

function globalNorm(arrays: Iterable<Floats>): number {
  let sum = 0;
  for (const array of arrays) for (let i = 0; i < array.length; i++) sum += array[i] * array[i];
  return Math.sqrt(sum);
}
