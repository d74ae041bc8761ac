/** Tables of metrics, made once and shown as plain text, Markdown or (in the report) HTML. */
import { mainMetric } from '../tasks/score.js';
import type { MetricSpec } from '../tasks/task.js';
import { metricTitle, metricUnit, NOTHING, showMetric } from './metrics.js';
import type { ReportRun, ReportTask } from './report-data.js';

export interface TableColumn {
  /** Stands above neighbouring columns that share it; empty where there is none. */
  readonly group: string;
  readonly title: string;
  /** As printed: `%`, `°`, `m`, or empty. */
  readonly unit: string;
  /** Left out where neither is. */
  readonly better?: MetricSpec['better'];
}

export interface TableCell {
  readonly text: string;
  /** The best of its column, where several are compared; shared where they print alike. */
  readonly best: boolean;
}

export interface Table {
  /** Above the names of the rows. */
  readonly corner: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly TableCell[] }[];
}

/** Runs against the main metric of each task, and delta_m where a run has one. */
export function overviewTable(tasks: readonly ReportTask[], runs: readonly ReportRun[]): Table {
  const scored = tasks.map((task) => ({ task, metric: mainMetric(task) }));
  const delta: Column = {
    head: { group: '', title: 'Δm', unit: '%', better: 'higher' },
    values: runs.map(({ deltaPercent }) => deltaPercent),
    show: (value) => (value === undefined || !Number.isFinite(value) ? NOTHING : signed(value)),
  };
  const columns = scored.map(({ task, metric }) => metricColumn(task, metric, runs, task.name));
  return tableOf(runs, runs.some((run) => run.deltaPercent !== undefined) ? [...columns, delta] : columns);
}

/** Runs against all metrics of one task. */
export function taskTable(task: ReportTask, runs: readonly ReportRun[]): Table {
  return tableOf(
    runs,
    task.metrics.map((metric) => metricColumn(task, metric, runs, '')),
  );
}

interface Column {
  readonly head: TableColumn;
  readonly values: readonly (number | undefined)[];
  readonly show: (value: number | undefined) => string;
}

function metricColumn(task: ReportTask, metric: MetricSpec, runs: readonly ReportRun[], group: string): Column {
  const { name, better } = metric;
  return {
    head: { group, title: metricTitle(name), unit: metricUnit(metric), better },
    values: runs.map((run) => run.values[task.name]?.[name]),
    show: (value) => showMetric(metric, value),
  };
}

function tableOf(runs: readonly ReportRun[], columns: readonly Column[]): Table {
  const cells = columns.map(({ head, values, show }) => {
    const finite = values.filter((value) => value !== undefined && Number.isFinite(value)) as number[];
    const best = show(head.better === 'higher' ? Math.max(...finite) : Math.min(...finite));
    return values.map((value) => ({ text: show(value), best: finite.length > 1 && show(value) === best }));
  });
  return {
    corner: 'run',
    columns: columns.map(({ head }) => head),
    rows: runs.map(({ name }, row) => ({ name, cells: cells.map((column) => column[row]) })),
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
