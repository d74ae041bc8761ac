/** Numbers, times and metrics as the page writes them. */
import type { MetricFacts, RunSummary, TaskFacts } from '../protocol';

export const NOTHING = '–';

/** About four digits. */
export function shown(value: number | null | undefined): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return NOTHING;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2).replace('e+', 'e');
  return size >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(4)));
}

const UNITS: Readonly<Record<string, readonly [text: string, decimals: number]>> = {
  degrees: ['°', 2],
  metres: [' m', 3],
};

/** A metric's value with its unit: `41.2 %` for 0.412. */
export function metricText(unit: string, value: number | null | undefined): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return NOTHING;
  if (unit === '%') return `${(100 * value).toFixed(1)} %`;
  const known = UNITS[unit] as (typeof UNITS)[string] | undefined;
  return known ? `${value.toFixed(known[1])}${known[0]}` : shown(value);
}

/** A value on an axis: as short as it can be. */
export const tickText = (unit: string, value: number): string =>
  unit === '%' ? `${Number((100 * value).toPrecision(5))} %` : shown(Number(value.toPrecision(10)));

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

export const ago = (time: string | undefined, now: number): string =>
  time && Number.isFinite(Date.parse(time)) ? `${duration((now - Date.parse(time)) / 1000)} ago` : NOTHING;

export const mainOf = (task: TaskFacts): MetricFacts | undefined => task.metrics.find(({ main }) => main);

/** The value of a task's main metric in what a run reports. */
export const mainValue = (run: RunSummary, task: TaskFacts): number | undefined =>
  run.values?.[task.name]?.[mainOf(task)?.name ?? ''] ?? undefined;

/**
 * delta_m of a run against another in per cent: the mean relative gain of the main metrics. Undefined where they have
 * not the same tasks, data and split, or a value is missing.
 */
export function deltaM(run: RunSummary, single: RunSummary): number | undefined {
  if (run.data !== single.data || run.split !== single.split || run.tasks.length !== single.tasks.length) return;
  let sum = 0;
  for (const task of run.tasks) {
    const [ours, theirs, metric] = [mainValue(run, task), mainValue(single, task), mainOf(task)];
    if (ours === undefined || theirs === undefined || !metric) return;
    sum += ((metric.better === 'higher' ? 1 : -1) * (ours - theirs)) / theirs;
  }
  return (100 * sum) / run.tasks.length;
}
