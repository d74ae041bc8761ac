/** Applies a loss weighting to the updates of a run: the weights before an update, the gradients after it. */
import type { Floats } from '../engine/index.js';
import type { Values } from '../nn/scope.js';
import type { Random } from '../random.js';
import type { Task } from '../tasks/task.js';
import { addTimes, scale } from './kernel/sums.js';
import type { StepResult } from './step.js';
import type { GradientWeighting, Matrix, Weighting } from './weighting/weighting.js';

/** One number a task, by its name. */
export type ByTask = Readonly<Record<string, number>>;

export interface Weighed {
  /** Gradients for the optimizer, by path: one for every variable that is trained. */
  readonly gradients: StepResult['gradients'];
  /** The factor of each task's loss in this update, its fixed factor included. */
  readonly weights: ByTask;
}

export class Weigher {
  /**
   * @param lossWeights fixed factor of each task's loss; 1 where none is given
   * @param random every update draws from its own fork
   */
  constructor(
    private readonly weighting: Weighting,
    readonly tasks: readonly Task[],
    private readonly lossWeights: ByTask,
    private readonly random: Random,
  ) {}

  /** What the weighting remembers between updates, by slot. */
  get state(): Values {
    return this.weighting.form === 'adaptive' ? this.weighting.state : new Map();
  }

  /** The weights that the graph is fed for an update, counted from 0; empty where the graph takes none. */
  weightsFor(update: number): ByTask {
    const { weighting, random } = this;
    return weighting.form === 'adaptive' ? this.byTask(weighting.nextWeights(random.fork(update))) : {};
  }

  /** Whether `decide` needs the scalar products of the tasks' gradients. */
  get needsGram(): boolean {
    const { weighting } = this;
    return weighting.form === 'gradients' || (weighting.form === 'adaptive' && weighting.needsNorms === true);
  }

  /**
   * Combines the gradients of the single tasks where the weighting does so, and lets the weighting observe the update.
   * The arrays of the result may be those of `result`, changed in place.
   * @param update its number, from 0
   * @param fed what `weightsFor` gave for this update
   * @param values the variables as they were in this step
   */
  weigh(update: number, result: StepResult, fed: ByTask, values: Values): Weighed {
    const { losses, gradients, taskGradients } = result;
    const perTask = this.tasks.map(({ name }) => taskGradients.get(name) ?? new Map<string, Float32Array>());
    const nothingShared = perTask.every(({ size }) => size === 0);
    const gram = this.needsGram && !nothingShared ? gramOf(perTask) : undefined;
    const { weights, factors } = this.decide(update, losses, gram, fed, values);
    return { gradients: factors ? new Map([...gradients, ...weightedSum(perTask, factors)]) : gradients, weights };
  }

  /**
   * The factors of the tasks' losses in an update and, where the weighting combines the gradients of the single tasks,
   * those of the gradients. Lets the weighting observe the update.
   * @param gram scalar products of the tasks' gradients; left out where no task has one
   */
  decide(
    update: number,
    losses: ByTask,
    gram: Matrix | undefined,
    fed: ByTask,
    values: Values,
  ): { readonly weights: ByTask; readonly factors?: readonly number[] } {
    const { weighting, tasks } = this;
    switch (weighting.form) {
      case 'fixed':
        return { weights: this.withFixedFactors(tasks.map(() => 1)) };
      case 'learned':
        return { weights: this.withFixedFactors(weighting.weights(values)) };
      case 'adaptive': {
        const norms = gram?.map((row, i) => Math.sqrt(row[i]));
        weighting.observe?.({ update, losses: tasks.map(({ name }) => losses[name]), norms });
        return { weights: this.withFixedFactors(tasks.map(({ name }) => fed[name])) };
      }
      case 'gradients': {
        const factors = gram ? this.factorsOf(weighting, gram, update) : tasks.map(() => 1);
        return { factors, weights: this.withFixedFactors(factors) };
      }
    }
  }

  /** The factors of the tasks' gradients. A task without labels has no gradient: the others are combined without it. */
  private factorsOf(weighting: GradientWeighting, gram: Matrix, update: number): number[] {
    const active = [...gram.keys()].filter((t) => gram[t][t] !== 0);
    const factors = gram.map(() => 1);
    if (active.length < 2) return factors;
    const found = weighting.combine(
      active.map((i) => active.map((j) => gram[i][j])),
      this.random.fork(update),
    );
    for (const [i, t] of active.entries()) factors[t] = found[i];
    return factors;
  }

  private byTask(numbers: readonly number[]): Record<string, number> {
    return Object.fromEntries(this.tasks.map(({ name }, t) => [name, numbers[t]]));
  }

  private withFixedFactors(numbers: readonly number[]): Record<string, number> {
    return this.byTask(numbers.map((number, t) => number * (this.lossWeights[this.tasks[t].name] ?? 1)));
  }
}

type Arrays = ReadonlyMap<string, Float32Array>;

/** Scalar products of all pairs of gradients, summed in float64. A variable that only one of a pair has counts as 0. */
function gramOf(gradients: readonly Arrays[]): Matrix {
  const gram = gradients.map(() => gradients.map(() => 0));
  for (let i = 0; i < gradients.length; i++)
    for (let j = i; j < gradients.length; j++) {
      let sum = 0;
      for (const [path, array] of gradients[i]) {
        const other = gradients[j].get(path);
        if (other) sum += scalarProduct(array, other);
      }
      gram[i][j] = gram[j][i] = sum;
    }
  return gram;
}

function scalarProduct(a: Floats, b: Floats): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** sum_t factor_t g_t. For each variable it is written into the array of the first task that has one. */
function weightedSum(gradients: readonly Arrays[], factors: readonly number[]): Arrays {
  const sums = new Map<string, Float32Array>();
  for (const [t, arrays] of gradients.entries())
    for (const [path, array] of arrays) {
      const sum = sums.get(path);
      const factor = factors[t];
      if (sum) addTimes({ sum, array }, { factor });
      else {
        scale({ array }, { factor });
        sums.set(path, array);
      }
    }
  return sums;
}
