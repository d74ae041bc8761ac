/** The numbers that compare networks over all tasks: delta_m, and the score that chooses the best weights. */
import { NddrError } from '../errors.js';
import type { MetricSpec } from './task.js';

/** Values by task name, then by metric name. */
export type TaskValues = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The part of a task that its score depends on; every `Task` has it. */
export interface Scored {
  readonly name: string;
  readonly metrics: readonly MetricSpec[];
}

/** The main metric of a task: the one that counts in delta_m. */
export function mainMetric(task: Scored): MetricSpec {
  const main = task.metrics.find((metric) => metric.main);
  if (!main) throw new NddrError(`Task "${task.name}" marks none of its metrics as main.`);
  return main;
}

/**
 * The relative multi-task score delta_m in per cent: the mean over tasks of the change of the main metric against the
 * single-task network, relative to it and positive where it is better (Vandenhende et al., TPAMI 2021, section 4.1).
 * NaN where a value is NaN.
 * @throws NddrError where a task's main metric is missing
 */
export function deltaM(tasks: readonly Scored[], values: TaskValues, singleTask: TaskValues): number {
  // delta_m = 100 / T * sum_t sign_t * (M_t - S_t) / S_t, sign_t = -1 where lower is better
  const changes = tasks.map((task) => {
    const { name, better } = mainMetric(task);
    const [ours, single] = [values[task.name]?.[name], singleTask[task.name]?.[name]];
    if (ours === undefined || single === undefined) {
      const where = ours === undefined ? 'multi-task' : 'single-task';
      throw new NddrError(`delta_m needs "${name}" of task "${task.name}"; the ${where} values lack it.`);
    }
    return ((better === 'higher' ? 1 : -1) * (ours - single)) / single;
  });
  return (100 * changes.reduce((sum, change) => sum + change, 0)) / changes.length;
}

/** `scaled`: the mean of the main metrics on scales from 0 to 1. `delta_m`: in per cent. */
export type ScoreKind = 'scaled' | 'delta_m';

export interface Score {
  readonly kind: ScoreKind;
  /** Higher is better; NaN where no task could be judged. */
  readonly value: number;
  /** Names of tasks whose main metric has no value; the score leaves them out. */
  readonly without: readonly string[];
}

/**
 * The score of an evaluation: the mean of the main metrics, each on its scale from 0 to 1, or delta_m where the main
 * metrics of single-task networks are given. Tasks without a value of their main metric are left out.
 * @param single main metric of each task's single-task network, by task name
 */
export function scoreOf(
  tasks: readonly Scored[],
  values: TaskValues,
  single?: Readonly<Record<string, number>> | null,
): Score {
  const mainOf = (task: Scored) => values[task.name]?.[mainMetric(task).name] ?? Number.NaN;
  const judged = tasks.filter((task) => Number.isFinite(mainOf(task)));
  const without = tasks.filter((task) => !judged.includes(task)).map(({ name }) => name);
  if (single) {
    const references = judged.map((task) => [task.name, { [mainMetric(task).name]: single[task.name] }]);
    return { kind: 'delta_m', value: deltaM(judged, values, Object.fromEntries(references)), without };
  }
  // score = 1 / |J| sum_{t in J} scaled_t(M_t), with J the tasks that have a value
  const sum = judged.reduce((all, task) => all + onScale(mainMetric(task), mainOf(task)), 0);
  return { kind: 'scaled', value: sum / judged.length, without };
}

function onScale({ better, scaled }: MetricSpec, value: number): number {
  if (scaled) return scaled(value);
  return better === 'higher' ? value : 1 / (1 + value);
}
