/** Numbers as people read them. */
import type { Config } from '../experiments/config.js';
import { metricUnit, showMetric } from '../experiments/metrics.js';
import type { WeightsChoice } from '../experiments/weights.js';
import { mainMetric, type TaskValues } from '../tasks/score.js';
import type { MetricSpec, Task } from '../tasks/task.js';
import type { WarmStart } from '../train/start.js';
import { someOf } from '../words.js';

/** A metric's value with its unit: shares in per cent. */
export function showValue(metric: MetricSpec, value: number): string {
  if (Number.isNaN(value)) return 'no labels';
  const unit = metricUnit(metric);
  return `${showMetric(metric, value)}${unit && unit !== '°' ? ' ' : ''}${unit}`;
}

/** Every task's main metric in one line. */
export function showValues(tasks: readonly Task[], values: TaskValues): string {
  return tasks
    .flatMap(({ name, metrics }) =>
      metrics
        .filter(({ main }) => main)
        .map((metric) => `${name} ${metric.name} ${showValue(metric, values[name][metric.name])}`),
    )
    .join(', ');
}

/** All metrics, a task a line. */
export function showAllValues(tasks: readonly Task[], values: TaskValues): string {
  return tasks
    .map(({ name, metrics }) => {
      const list = metrics.map((metric) => `${metric.name} ${showValue(metric, values[name][metric.name])}`);
      return `${name}: ${list.join(', ')}`;
    })
    .join('\n');
}

/** The main metric by class, a task a line; of tasks that have classes. */
export function showPerClass(tasks: readonly Task[], perClass: TaskValues): string {
  const lines = tasks.flatMap((task) => {
    const values = Object.entries(perClass[task.name] ?? {});
    if (values.length < 2) return [];
    const main = mainMetric(task);
    const list = values.map(([name, value]) => `${name} ${showValue(main, value)}`);
    return [`${task.name}, ${main.name} by class: ${list.join(', ')}`];
  });
  return lines.join('\n');
}

/** How fast a step went through its images, of all its batches. */
export const imagesPerSecond = ({ train }: Pick<Config, 'train'>, stepMillis: number): number =>
  (train.batch * train.accumulate * 1000) / stepMillis;

/** Which weights of a run, in words. */
export const showWeights = (weights: WeightsChoice, step: number): string =>
  `${weights === 'best' ? 'best' : 'last'} weights (step ${step})`;

/** What became of starting weights, in a line. */
export function showTakenOver({ from, taken, fresh, unused }: WarmStart): string {
  const parts = [`${from}: ${taken.length} of ${taken.length + fresh.length} tensors of the network taken over`];
  if (fresh.length > 0) parts.push(`${fresh.length} begin anew (${someOf(fresh)})`);
  if (unused.length > 0) parts.push(`${unused.length} of the file are not used (${someOf(unused)})`);
  return parts.join('; ');
}
