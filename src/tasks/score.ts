import { NddrError } from '../errors.js';
import type { MetricSpec } from './task.js';

/** Values by task name, then by metric name. */
export type TaskValues = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What the score needs to know of a task. */
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
