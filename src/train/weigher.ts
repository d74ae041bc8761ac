/** Weighs the losses of a run's updates. */
import type { Floats } from '../engine/index.js';
import type { Values } from '../nn/scope.js';
import type { Random } from '../random.js';
import type { Task } from '../tasks/task.js';
import { addTimes, scale } from './kernel/sums.js';
import type { StepResult } from './step.js';
import type { Matrix, Weighting } from './weighting/weighting.js';

/** One number a task, by its name. */
export type ByTask = Readonly<Record<string, number>>;

export interface Weighed {
  /** By path, for every variable that is trained. */
  readonly gradients: StepResult['gradients'];
  /** What each task's loss counted, its fixed factor included. */
  readonly weights: ByTask;
}

export class Weigher {
  /** @param random every update draws from its own fork */
  constructor(
    private readonly weighting: Weighting,
    private readonly tasks: readonly Task[],
    private readonly lossWeights: ByTask,
    private readonly random: Random,
  ) {}

  /** What is to be remembered between updates, by slot. */
  get state(): Values {
    return this.weighting.form === 'chosen' ? this.weighting.state : new Map();
  }

  /** Weights that the graph is fed for an update, counted from 0; none where it does not ask. */
  choose(update: number): ByTask {
    return this.weighting.form === 'chosen' ? this.byTask(this.weighting.choose(this.random.fork(update))) : {};
  }

  /**
   * Weighs what a backward pass brought: joins what was taken apart, and learns from it.
   * @param chosen what `choose` gave for this update
   * @param values the variables as they were in this step
   */
  settle(update: number, { losses, gradients, apart }: StepResult, chosen: ByTask, values: Values): Weighed {
    const { weighting, tasks } = this;
    const each = tasks.map(({ name }) => apart.get(name) ?? new Map<string, Float32Array>());
    switch (weighting.form) {
      case 'fixed':
        return { gradients, weights: this.effective(tasks.map(() => 1)) };
      case 'learned':
        return { gradients, weights: this.effective(weighting.weights(values)) };
      case 'chosen': {
        const norms = each.some(({ size }) => size > 0) ? gramOf(each).map((row, i) => Math.sqrt(row[i])) : undefined;
        weighting.learn?.({ step: update, losses: tasks.map(({ name }) => losses[name]), norms });
        return { gradients, weights: this.effective(tasks.map(({ name }) => chosen[name])) };
      }
      case 'joined': {
        const factors = this.join(weighting, gramOf(each), update);
        return {
          gradients: new Map([...gradients, ...joined(each, factors)]),
          weights: this.effective(factors),
        };
      }
    }
  }

  /** A task without labels has no gradient and no say: the others are joined as if it were not there. */
  private join(weighting: Extract<Weighting, { form: 'joined' }>, gram: Matrix, update: number): number[] {
    const active = [...gram.keys()].filter((t) => gram[t][t] !== 0);
    const factors = gram.map(() => 1);
    if (active.length < 2) return factors;
    const found = weighting.join(
      active.map((i) => active.map((j) => gram[i][j])),
      this.random.fork(update),
    );
    for (const [i, t] of active.entries()) factors[t] = found[i];
    return factors;
  }

  private byTask(numbers: readonly number[]): Record<string, number> {
    return Object.fromEntries(this.tasks.map(({ name }, t) => [name, numbers[t]]));
  }

  private effective(numbers: readonly number[]): Record<string, number> {
    return this.byTask(numbers.map((number, t) => number * (this.lossWeights[this.tasks[t].name] ?? 1)));
  }
}

type Arrays = ReadonlyMap<string, Float32Array>;

/** Scalar products of all pairs of gradients, summed in float64; where one has no array, it is 0 there. */
function gramOf(each: readonly Arrays[]): Matrix {
  const gram = each.map(() => each.map(() => 0));
  for (let i = 0; i < each.length; i++)
    for (let j = i; j < each.length; j++) {
      let sum = 0;
      for (const [path, array] of each[i]) {
        const other = each[j].get(path);
        if (other) sum += product(array, other);
      }
      gram[i][j] = gram[j][i] = sum;
    }
  return gram;
}

function product(a: Floats, b: Floats): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** sum_t factor_t g_t, in the arrays of the first gradient that has them: nobody wants those any more. */
function joined(each: readonly Arrays[], factors: readonly number[]): Arrays {
  const total = new Map<string, Float32Array>();
  for (const [t, arrays] of each.entries())
    for (const [path, array] of arrays) {
      const sum = total.get(path);
      const factor = factors[t];
      if (sum) addTimes({ sum, array }, { factor });
      else {
        scale({ array }, { factor });
        total.set(path, array);
      }
    }
  return total;
}
