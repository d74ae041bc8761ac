/** Numbers as people read them. */
import { metricUnit, showMetric } from '../experiments/metrics.js';
import type { TaskValues } from '../tasks/score.js';
import type { MetricSpec, Task } from '../tasks/task.js';

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
