/** Results as comma-separated values in full precision, for other programs; a missing value is an empty cell. */
import type { TaskValues } from '../../tasks/score.js';
import type { Results } from './results.js';
import { upperMedianOf } from './spread.js';
import { aheadOf, deltaSpread, gigaFlopsOf, metricSpread, stepMillisOf } from './tables.js';

type Cell = string | number | undefined;

/** A line for each row of the experiment: means and deviations over seeds. */
export function rowsCsv({ tasks, rows }: Results): string {
  const metrics = tasks.flatMap((task) => task.metrics.map((metric) => [task.name, metric.name] as const));
  const pair = (name: string) => [`${name} mean`, `${name} deviation`];
  const head = [
    ...['row', 'seeds', 'failed seeds', 'steps before', 'steps'],
    ...metrics.flatMap(([task, metric]) => pair(`${task}.${metric}`)),
    ...pair('delta_m %'),
    ...['seeds ahead', 'parameters', 'GFLOPs', 'step ms'],
  ];
  return csv([
    head,
    ...rows.map((row): Cell[] => {
      const delta = deltaSpread(row);
      const own = row.budget[row.budget.length - 1];
      const before = row.budget.reduce((sum, steps) => sum + steps, 0) - own;
      return [
        ...[row.row.name, row.runs.length, row.failedSeeds.length, before, own],
        ...metrics.flatMap(([task, metric]) => {
          const { mean, deviation } = metricSpread(row, task, metric);
          return [mean, deviation];
        }),
        ...[delta.mean, delta.deviation, delta.count > 0 ? aheadOf(row).ahead : undefined],
        ...[row.parameters, gigaFlopsOf(row), stepMillisOf(row)],
      ];
    }),
  ]);
}

/** A line for each run. */
export function runsCsv({ tasks, rows }: Results): string {
  const metrics = tasks.flatMap((task) => task.metrics.map((metric) => [task.name, metric.name] as const));
  const head = ['row', 'seed', 'run', ...metrics.map((path) => path.join('.')), 'delta_m %', 'step ms'];
  const lines = rows.flatMap(({ row, runs }) =>
    runs.map(({ seed, path, values, deltaPercent, stepMillis }): Cell[] => [
      ...[row.name, seed, path],
      ...metrics.map(([task, metric]) => (values as Partial<TaskValues>)[task]?.[metric]),
      ...[deltaPercent, upperMedianOf(stepMillis)],
    ]),
  );
  return csv([head, ...lines]);
}

/** As RFC 4180, but with line feeds alone as line ends. */
function csv(lines: readonly (readonly Cell[])[]): string {
  const shown = (cell: Cell) => (cell === undefined || Number.isNaN(cell) ? '' : String(cell));
  const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return `${lines.map((line) => line.map((cell) => quoted(shown(cell))).join(',')).join('\n')}\n`;
}
