/** The update of the variables after a step: what all optimizers have in common. */
import type { Floats } from '../../engine/index.js';
import { type Kind, kindsOf } from '../../kinds.js';
import type { Group, Role, Values, Variable } from '../../nn/scope.js';
import type { Formulas } from '../kernel/formula.js';
import { kernel } from '../kernel/kernel.js';

/** Learning rates of kinds of variables, as multiples of the base rate. */
export interface Rates {
  readonly fusion: number;
  readonly headWeight: number;
  readonly headBias: number;
}

export interface UpdateOptions {
  readonly rates: Rates;
  /** Gradients are scaled down so that the norm of all of them together is at most this; null: they are not. */
  readonly clip?: number | null;
}

/** What a rule is told of the update of one variable. */
export interface VariableUpdate {
  /** The variable's learning rate. */
  readonly rate: number;
  /** Factor of the gradient, at most 1: see `UpdateOptions.clip`. A graph that updates finds it by itself. */
  readonly clipFactor: number;
  /** Whether the variable is subject to weight decay. */
  readonly decays: boolean;
  /** Number of the update, from 1. */
  readonly update: number;
}

/** How an optimizer updates one array by its gradient. */
export interface Rule {
  /** Names of the arrays that are remembered for every variable, of its size; they start at 0. */
  readonly slots: readonly string[];
  /** The new weight and slots, by the arrays `weight`, `gradient` and the slots and by scalars, `clipFactor` among them. */
  readonly formulas: Formulas;
  /** The scalars of the formulas in the update of a variable. */
  scalars(update: VariableUpdate): Readonly<Record<string, number>>;
}

export type OptimizerKind = Kind<Rule>;

/** Defines a kind of optimizer by its settings and its rule. */
export const defineOptimizer = kindsOf<Rule>();

/** Updates values in place by their gradients. */
export interface Optimizer<A extends Floats = Float32Array> {
  readonly rule: Rule;
  /**
   * What is remembered between updates, by slot and path, such as `momentum.seg.conv1_1.weight`; kept in checkpoints.
   */
  readonly state: Values<A>;
  /** @param rate the base rate; @param update number of the update, from 1 */
  apply(gradients: ReadonlyMap<string, A>, rate: number, update: number): void;
}

/** The learning rate of a variable as a multiple of the base rate. */
export function rateOf({ group, role }: { group: Group; role: Role }, rates: Rates): number {
  if (group === 'fusion') return rates.fusion;
  if (group === 'head') return role === 'bias' ? rates.headBias : rates.headWeight;
  return 1;
}

/**
 * An optimizer that applies a rule to every variable that is trained; weight decay acts on convolution weights only.
 */
export function optimizerOf<A extends Floats>(
  rule: Rule,
  variables: Iterable<Variable>,
  values: Values<A>,
  { rates, clip }: UpdateOptions,
): Optimizer<A> {
  const apply = kernel(rule.formulas);
  const state: Values<A> = new Map();
  const trained = [...variables]
    .filter(({ role }) => role !== 'statistic')
    .map((variable) => {
      const weight = values.get(variable.path);
      if (!weight) throw new Error(`no values for ${variable.path}`);
      const slots: Record<string, A> = {};
      for (const slot of rule.slots) {
        slots[slot] = weight.slice().fill(0) as A;
        state.set(`${slot}.${variable.path}`, slots[slot]);
      }
      return { ...variable, weight, slots };
    });
  return {
    rule,
    state,
    apply(gradients, rate, update) {
      const clipFactor = clip ? Math.min(1, clip / globalNorm(gradients.values())) : 1;
      for (const { path, group, role, weight, slots } of trained) {
        const gradient = gradients.get(path);
        if (!gradient) continue;
        const own = rate * rateOf({ group, role }, rates);
        const scalars = rule.scalars({ rate: own, clipFactor, decays: role === 'weight', update });
        apply({ weight, gradient, ...slots }, scalars);
      }
    },
  };
}

/** The Euclidean norm of all arrays together. */
function globalNorm(arrays: Iterable<Floats>): number {
  let sum = 0;
  for (const array of arrays) for (let i = 0; i < array.length; i++) sum += array[i] * array[i];
  return Math.sqrt(sum);
}
