/** Tables of metrics, which are printed as plain text, as Markdown or (in the report) as HTML. */
import { mainMetric } from '../tasks/score.js';
import type { MetricSpec } from '../tasks/task.js';
import { metricTitle, metricUnit, NOTHING, showMetric } from './metrics.js';
import type { ReportRun, ReportTask } from './report-data.js';

export interface TableColumn {
  /** Heading above neighbouring columns of the same group; empty where there is none. */
  readonly group: string;
  readonly title: string;
  /** As printed: `%`, `°`, `m`, or empty. */
  readonly unit: string;
  /** Missing where neither is better. */
  readonly better?: MetricSpec['better'];
}

export interface TableCell {
  readonly text: string;
  /** Whether it is the best of its column, where there are several values; so are all that print alike. */
  readonly best: boolean;
}

export interface Table {
  /** Heading of the column of names. */
  readonly corner: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly TableCell[] }[];
}

/** The table of runs with the main metric of each task, and delta_m where a run has one. */
export function overviewTable(tasks: readonly ReportTask[], runs: readonly ReportRun[]): Table {
  const columns = tasks.map((task) => metricColumn(task, mainMetric(task), runs, task.name));
  const deltas = runs.map(({ deltaPercent }) => deltaPercent);
  if (deltas.some((delta) => delta !== undefined)) columns.push(compared(DELTA, deltas, showDelta));
  return tableOf('run', runs, columns);
}

/** The table of runs with all metrics of one task. */
export function taskTable(task: ReportTask, runs: readonly ReportRun[]): Table {
  return tableOf(
    'run',
    runs,
    task.metrics.map((metric) => metricColumn(task, metric, runs, '')),
  );
}

/** The column of delta_m. */
export const DELTA: TableColumn = { group: '', title: 'Δm', unit: '%', better: 'higher' };

/** delta_m with its sign, as +2.5 or −0.3; NOTHING where there is no value. */
export const showDelta = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value) ? NOTHING : signed(value);

/** A column's heading and its cells, from the first row to the last. */
export interface Column {
  readonly head: TableColumn;
  readonly cells: readonly TableCell[];
}

/** The column of a metric. @param group stands above it */
export const metricHead = (metric: MetricSpec, group: string): TableColumn => ({
  group,
  title: metricTitle(metric.name),
  unit: metricUnit(metric),
  better: metric.better,
});

function metricColumn(task: ReportTask, metric: MetricSpec, runs: readonly ReportRun[], group: string): Column {
  const values = runs.map((run) => run.values[task.name]?.[metric.name]);
  return compared(metricHead(metric, group), values, (value) => showMetric(metric, value));
}

/**
 * A column in which the best value is marked, and all that print alike.
 * @param notes texts that follow the values, such as `± 0.3`
 */
export function compared(
  head: TableColumn,
  values: readonly (number | undefined)[],
  show: (value: number | undefined) => string,
  notes: readonly string[] = [],
): Column {
  const finite = values.filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  const best = show(head.better === 'higher' ? Math.max(...finite) : Math.min(...finite));
  const cells = values.map((value, row) => {
    const text = show(value);
    return { text: notes[row] ? `${text} ${notes[row]}` : text, best: finite.length > 1 && text === best };
  });
  return { head, cells };
}

/** Builds a table from columns. @param rows their names, from the first to the last */
export function tableOf(corner: string, rows: readonly { readonly name: string }[], columns: readonly Column[]): Table {
  return {
    corner,
    columns: columns.map(({ head }) => head),
    rows: rows.map(({ name }, row) => ({ name, cells: columns.map(({ cells }) => cells[row]) })),
  };
}

const signed = (value: number): string => {
  const text = Math.abs(value).toFixed(1);
  if (Number(text) === 0) return text;
  return value > 0 ? `+${text}` : `−${text}`;
};

export const arrowOf = (better: MetricSpec['better'] | undefined): string =>
  ({ higher: '↑', lower: '↓', none: '' })[better ?? 'none'];

const headOf = ({ title, unit, better }: TableColumn): string =>
  [title, unit, arrowOf(better)].filter((part) => part !== '').join(' ');

/** The table for a terminal: aligned columns, the best value of each marked by a star. */
export function renderTable(table: Table): string {
  const { columns, rows, corner } = table;
  const groups = columns.map(({ group }) => group);
  const starred = ({ text, best }: TableCell) => `${text}${best ? '*' : ' '}`;
  const lines = [
    [corner, ...columns.map((column) => `${headOf(column)} `)],
    ...rows.map(({ name, cells }) => [name, ...cells.map(starred)]),
  ];
  if (groups.some((group) => group !== '')) lines.unshift(['', ...groups.map((group) => `${group} `)]);
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const aligned = lines.map((line) =>
    line
      .map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  );
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  aligned.splice(lines.length - rows.length, 0, rule);
  return aligned.join('\n');
}

/** The table in Markdown, the best value of each column bold. */
export function renderMarkdown(table: Table): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const heads = table.columns.map((column) => [column.group, headOf(column)].filter((part) => part !== '').join(' '));
  const lines = [
    [table.corner, ...heads].map(cell),
    ['---', ...table.columns.map(() => '---:')],
    ...table.rows.map(({ name, cells }) => [
      cell(name),
      ...cells.map(({ text, best }) => (best ? `**${text}**` : text)),
    ]),
  ];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}
