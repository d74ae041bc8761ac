/** Numbers as people read them. */
import type { TaskValues } from '../tasks/score.js';
import type { MetricSpec, Task } from '../tasks/task.js';

/** A metric's value with its unit: shares in per cent. */
export function showValue({ unit }: MetricSpec, value: number): string {
  if (Number.isNaN(value)) return 'no labels';
  if (unit === '%') return `${(100 * value).toFixed(1)} %`;
  if (unit === 'degrees') return `${value.toFixed(2)}°`;
  if (unit === 'metres') return `${value.toFixed(3)} m`;
  return value.toFixed(3);
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
