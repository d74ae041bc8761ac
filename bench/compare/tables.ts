/** Results as tables, one a kind of measurement. */
import type { Table, TableColumn } from '../../src/experiments/table.js';
import { renderMarkdown, renderTable } from '../../src/experiments/table.js';
import type { Value } from './cases.js';
import { type CaseResult, type Measured, medianIn, productOf, type Results, ratioOf, yardstickOf } from './results.js';

const NOTHING = '–';

export const showNumber = (value: number | undefined): string => {
  if (value === undefined || !Number.isFinite(value)) return NOTHING;
  return Math.abs(value) >= 100
    ? value.toFixed(0)
    : value
        .toPrecision(3)
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '');
};

interface Column {
  readonly head: TableColumn;
  readonly show: (result: CaseResult) => string;
}

const headOf = (group: string, { title, unit }: Value): TableColumn => ({ group, title, unit });

const memory: Value = { key: 'peak_rss_mib', title: 'memory', unit: 'MiB' };
const ratio: Value = { key: '', title: 'nddr / PyTorch', unit: '' };

function tableOf(cases: readonly CaseResult[]): Table {
  const [{ kind }] = cases;
  const names = [...new Set(cases.flatMap(({ contenders }) => contenders.map(({ who }) => who)))];
  const columnOf = (who: string, value: Value): Column => ({
    head: headOf(who, value),
    show: ({ contenders }) => {
      const found = contenders.find((one) => one.who === who);
      return found?.error ? 'failed' : showNumber(found && medianIn(found, value.key));
    },
  });
  const of = (group: string, value: Value, pick: (result: CaseResult) => Measured | undefined): Column => ({
    head: headOf(group, value),
    show: (result) => {
      const measured = pick(result);
      return showNumber(measured && medianIn(measured, value.key));
    },
  });
  const compared = cases.some(yardstickOf);
  const columns: Column[] = [
    ...names.flatMap((who) => kind.values.map((value) => columnOf(who, value))),
    ...(compared
      ? [{ head: headOf('', ratio), show: (result: CaseResult) => ratioOf(result)?.toFixed(2) ?? NOTHING }]
      : []),
    of('nddr', memory, productOf),
    ...(compared ? [of('PyTorch', memory, yardstickOf)] : []),
  ];
  return {
    corner: '',
    columns: columns.map(({ head }) => head),
    rows: cases.map((result) => ({
      name: result.title,
      cells: columns.map(({ show }) => ({ text: show(result), best: false })),
    })),
  };
}

function parts({ cases }: Results): { title: string; table: Table }[] {
  const kinds = [...new Set(cases.map(({ kind }) => kind.name))];
  return kinds.map((name) => {
    const some = cases.filter(({ kind }) => kind.name === name);
    return { title: some[0].kind.title, table: tableOf(some) };
  });
}

const notes = ({ absent, cases, machine }: Results): string[] => [
  `Measured on ${machine.processors} processors (${machine.model}), ${machine.versions}; up to ${machine.rounds} round(s), ${machine.date}.`,
  ...absent.map(({ name, reason, install }) => `Absent: ${name} (${reason}). To measure it too: ${install}`),
  ...cases.flatMap(({ id, contenders }) =>
    contenders.flatMap(({ who, error }) => (error ? [`Failed: ${who} in ${id}: ${error.split('\n').at(-1)}`] : [])),
  ),
];

export const renderText = (results: Results): string =>
  [...parts(results).map(({ title, table }) => `${title}\n\n${renderTable(table)}\n`), ...notes(results)].join('\n');

export const renderDocument = (results: Results): string =>
  [...parts(results).map(({ title, table }) => `### ${title}\n\n${renderMarkdown(table)}`), ...notes(results)].join(
    '\n\n',
  );
