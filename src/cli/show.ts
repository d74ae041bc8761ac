/** Metrics, speeds and weights as the commands print them. */
import { metricUnit, showMetric } from '../experiments/metrics.js';
import type { StartEvent } from '../experiments/run.js';
import type { WeightsChoice } from '../experiments/weights.js';
import { mainMetric, type TaskValues } from '../tasks/score.js';
import type { MetricSpec, Task } from '../tasks/task.js';
import { someOf } from '../words.js';

/** The value of a metric with its unit; shares are shown in per cent, NaN as `no labels`. */
function showValue(metric: MetricSpec, value: number): string {
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

/** The main metric of each class, a line for each task that has at least two; '' where none has. */
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

/** `best weights (step 400)` */
export const showWeights = (weights: WeightsChoice, step: number): string =>
  `${weights === 'best' ? 'best' : 'last'} weights (step ${step})`;

/** `, on webgpu`; nothing for the processor. */
export const showDevice = (device: string | undefined): string =>
  device === undefined || device === 'cpu' ? '' : `, on ${device}`;

/** Which tensors of the network began with the values of files, in a line. */
export function showWarmStart({ taken, fresh, unused, sources }: StartEvent): string {
  const files = sources.map(({ from, family }) => `${from} (${family})`).join(', ');
  const differs = sources.flatMap((source) => source.differs);
  const parts = [
    `${files}: ${taken.length} of ${taken.length + fresh.length} tensors of the network begin with its values`,
  ];
  if (fresh.length > 0) parts.push(`${fresh.length} begin with random values (${someOf(fresh)})`);
  if (differs.length > 0) parts.push(`${differs.length} differ in shape (${someOf(differs.map(({ path }) => path))})`);
  if (unused.length > 0) parts.push(`${unused.length} of the file are not used (${someOf(unused)})`);
  return parts.join('; ');
}
