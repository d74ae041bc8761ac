/** The tables of an experiment: a line for each of its rows, with mean and deviation over seeds. */
import { mainMetric, type TaskValues } from '../../tasks/score.js';
import type { MetricSpec } from '../../tasks/task.js';
import { several } from '../../words.js';
import { NOTHING, showMetric } from '../metrics.js';
import type { ReportTask } from '../report-data.js';
import { HELD_OUT } from '../splits.js';
import {
  type Column,
  compared,
  DELTA,
  metricHead,
  showDelta,
  type Table,
  type TableColumn,
  tableOf,
} from '../table.js';
import type { Results, RowResult } from './results.js';
import { type Spread, spreadOf, upperMedianOf } from './spread.js';

/** A row's metric over its seeds. */
export const metricSpread = ({ runs }: RowResult, task: string, metric: string): Spread =>
  spreadOf(runs.map(({ values }) => (values as Partial<TaskValues>)[task]?.[metric] ?? Number.NaN));

/** A row's delta_m over its seeds. */
export const deltaSpread = ({ runs }: RowResult): Spread =>
  spreadOf(runs.map(({ deltaPercent }) => deltaPercent ?? Number.NaN));

/** The number of seeds with which a row is better than the baseline, and of seeds that both have. */
export function aheadOf({ runs }: RowResult): { readonly ahead: number; readonly of: number } {
  const deltas = runs.flatMap(({ deltaPercent }) => (Number.isFinite(deltaPercent) ? [deltaPercent as number] : []));
  return { ahead: deltas.filter((delta) => delta > 0).length, of: deltas.length };
}

/** Median milliseconds of a step, over all steps of all seeds; undefined before the first. */
export const stepMillisOf = ({ runs }: RowResult): number | undefined =>
  upperMedianOf(runs.flatMap(({ stepMillis }) => stepMillis));

/** Floating point operations of the answer to one image, two for a multiply-add, in thousands of millions. */
export const gigaFlopsOf = ({ multiplyAdds }: RowResult): number => (2 * multiplyAdds) / 1e9;

/** The table of main metrics, delta_m, and the cost of each row. */
export function experimentTable({ tasks, rows }: Results): Table {
  const ahead = rows.map(aheadOf);
  return tableOf('row', named(rows), [
    ...tasks.map((task) => metricColumn(rows, task, mainMetric(task), task.name)),
    spreadColumn(DELTA, rows.map(deltaSpread), showDelta),
    plain(
      'ahead',
      'seeds',
      ahead.map(({ ahead, of }) => (of === 0 ? NOTHING : `${ahead} of ${of}`)),
    ),
    plain(
      'steps',
      '',
      rows.map(({ budget }) => budget.join(' + ')),
    ),
    cost(
      'parameters',
      'M',
      rows.map(({ parameters }) => parameters && parameters / 1e6),
    ),
    cost('GFLOPs', '', rows.map(gigaFlopsOf)),
    cost('step', 'ms', rows.map(stepMillisOf)),
  ]);
}

/** The table of all metrics of a task. */
export const metricsTable = ({ rows }: Results, task: ReportTask): Table =>
  tableOf(
    'row',
    named(rows),
    task.metrics.map((metric) => metricColumn(rows, task, metric, '')),
  );

/** The rows by name, with how many of their seeds failed. */
const named = (rows: readonly RowResult[]) =>
  rows.map(({ row, failedSeeds: { length } }) => ({
    name: length === 0 ? row.name : `${row.name} (${length} ${length === 1 ? 'seed' : 'seeds'} failed)`,
  }));

const metricColumn = (rows: readonly RowResult[], task: ReportTask, metric: MetricSpec, group: string): Column =>
  spreadColumn(
    metricHead(metric, group),
    rows.map((row) => metricSpread(row, task.name, metric.name)),
    (value) => showMetric(metric, value),
  );

function spreadColumn(head: TableColumn, spreads: readonly Spread[], show: (value: number | undefined) => string) {
  // A deviation is printed as the metric is, and never as a gain or a loss.
  const notes = spreads.map(({ deviation }) =>
    Number.isFinite(deviation) ? `± ${show(deviation).replace('+', '')}` : '',
  );
  return compared(
    head,
    spreads.map(({ mean }) => mean),
    show,
    notes,
  );
}

const plain = (title: string, unit: string, texts: readonly string[]): Column => ({
  head: { group: '', title, unit },
  cells: texts.map((text) => ({ text, best: false })),
});

const cost = (title: string, unit: string, values: readonly (number | undefined)[]): Column =>
  compared({ group: '', title, unit, better: 'lower' }, values, showCost);

/** A number with about three digits. */
const showCost = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value)
    ? NOTHING
    : value.toFixed(value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0);

/** Sentences on which rows are ahead of the baseline or behind it, by more or less than the deviation. */
export function verdict({ rows, baseline }: Results): string[] {
  const compares = rows
    .filter(({ row }) => row.name !== baseline.name)
    .map((row) => ({ row, delta: deltaSpread(row), ...aheadOf(row) }))
    .filter(({ of }) => of > 0)
    .sort((a, b) => b.delta.mean - a.delta.mean);
  const textOf = (list: typeof compares) =>
    list.map(({ row, delta, ahead, of }) => {
      const deviation = Number.isFinite(delta.deviation) ? ` ± ${delta.deviation.toFixed(1)}` : '';
      return `${row.row.name} ${showDelta(delta.mean)}${deviation} % (ahead with ${ahead} of ${of})`;
    });
  const clear = ({ delta }: (typeof compares)[number]) => Math.abs(delta.mean) > delta.deviation;
  const parts = [
    {
      title: `Ahead of ${baseline.name} by more than one deviation`,
      list: compares.filter((one) => clear(one) && one.delta.mean > 0),
    },
    { title: 'Within one deviation, or one seed only', list: compares.filter((one) => !clear(one)) },
    { title: 'Behind by more than one deviation', list: compares.filter((one) => clear(one) && one.delta.mean <= 0) },
  ];
  return parts.filter(({ list }) => list.length > 0).map(({ title, list }) => `${title}: ${textOf(list).join('; ')}.`);
}

/** Sentences that explain the columns. */
export function columnNotes({ tasks, rows, baseline, imageSize: [height, width], plan }: Results): string[] {
  const metrics = tasks.map((task) => `${task.name} ${mainMetric(task).name}`).join(', ');
  const { evaluate, train } = plan.runs[0].config;
  const of = (key: 'split' | 'weights', planned: string) =>
    [...new Set(rows.flatMap(({ runs }) => runs.map((run) => run[key] ?? planned)))].join(' and ') || planned;
  const split = of('split', evaluate.report);
  const heldOut = split === HELD_OUT ? ` (${evaluate.holdOut} of "${train.split}", not trained on)` : '';
  const chosen = evaluate.split === HELD_OUT ? `a held-out part of "${train.split}"` : `"${evaluate.split}"`;
  const weights =
    of('weights', evaluate.weights) === 'best' ? `the weights that ${chosen} chose` : 'the last weights, of all steps';
  return [
    `Reported: ${weights}, judged on "${split}"${heldOut}.`,
    `Mean ± sample deviation over ${seedsOf(rows, plan.seeds.length)}; the best of a column is marked.`,
    `Δm: mean relative change of ${metrics} against ${baseline.name} of the same seed, better is positive.`,
    'Steps: of the row it starts from, then its own. ' +
      `GFLOPs: 2 x multiply-adds of convolutions and matrix products, one image of ${width} x ${height}. ` +
      'Step: median time of a training step.',
  ];
}

/** How many seeds the means are over: fewer than planned while the experiment runs, or where some failed. */
function seedsOf(rows: readonly RowResult[], planned: number): string {
  const counts = rows.map(({ runs }) => runs.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (least < planned) return `${least === most ? least : `${least} to ${most}`} of ${several(planned, 'seed')}`;
  return planned === 1 ? 'one seed' : `${planned} seeds`;
}
