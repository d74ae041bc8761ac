/** How metrics are named, printed and drawn. */
import type { MetricSpec } from '../tasks/task.js';
import type { CurveChart, CurveLine, ReportTask } from './report-data.js';

/** Printed in place of a value that is missing or not a number. */
export const NOTHING = '–';

/** How units are printed, where not as they are. */
const UNITS: Readonly<Record<string, { text: string; factor: number; decimals: number }>> = {
  '%': { text: '%', factor: 100, decimals: 1 },
  degrees: { text: '°', factor: 1, decimals: 2 },
  metres: { text: 'm', factor: 1, decimals: 3 },
  'log metres': { text: '', factor: 1, decimals: 3 },
  ratio: { text: '', factor: 1, decimals: 3 },
};

const unitOf = ({ unit }: MetricSpec) =>
  Object.hasOwn(UNITS, unit) ? UNITS[unit] : { text: unit, factor: 1, decimals: 3 };

/** A metric's value as tables print it, without its unit: `41.2` for 0.4123 in per cent. */
export function showMetric(metric: MetricSpec, value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return NOTHING;
  const { factor, decimals } = unitOf(metric);
  return (value * factor).toFixed(decimals);
}

/** The unit as printed; empty where there is none. */
export const metricUnit = (metric: MetricSpec): string => unitOf(metric).text;

/** A metric's name in words, without its unit: `mean` for `meanDegrees`. */
export const metricTitle = (name: string): string =>
  name
    .replace(/(Degrees|Metres)$/, '')
    .replace(/([a-z]{2,})([A-Z])(?=[a-z])/g, (_, before, letter) => `${before} ${letter.toLowerCase()}`)
    .replace(/([a-z]{2,})([A-Z\d])/g, '$1 $2');

/** The chart of a metric over the steps, in its printed unit. @param lines values as meters return them */
export function metricChart(task: ReportTask, metric: MetricSpec, lines: readonly CurveLine[]): CurveChart {
  const { factor } = unitOf(metric);
  const title = `${task.name}: ${metricTitle(metric.name)}`;
  const drawn = lines.map(({ name, points, deviations }) => ({
    name,
    points: points.map(([step, value]) => [step, value * factor] as const),
    ...(deviations && { deviations: deviations.map((deviation) => deviation * factor) }),
  }));
  return { title, unit: metricUnit(metric), lines: drawn };
}
