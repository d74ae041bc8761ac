/** What `data init` guesses about labels in tables. */
import { NddrError } from '../errors.js';
import type { DescriptionInput, TableLabel } from './description.js';
import { guess } from './guess.js';
import { pathBelow } from './patterns.js';
import { readTable, type Table } from './table.js';
import { isEmpty, numberIn, yesOrNo } from './table-cells.js';

type TableKind = TableLabel['kind'];

/** `labels.csv#age`: a table and its column. A pattern of files is its own path, without a column. */
export function tableOf(text: string): { path: string; column?: string } {
  const at = text.lastIndexOf('#');
  return at < 0 ? { path: text } : { path: text.slice(0, at), column: text.slice(at + 1) };
}

/**
 * Describes a label of whole images from the tables of its splits: classes are the values that occur.
 * @param given `TABLE` or `TABLE#COLUMN`
 * @throws NddrError when a table cannot be read, or has several columns and none was named
 */
export async function describeTable(
  root: string,
  kind: TableKind,
  given: readonly string[],
  notes: string[],
): Promise<DescriptionInput['labels'][string]> {
  const tables = await Promise.all(given.map((text) => readTable(pathBelow(root, tableOf(text).path))));
  const column = columnFor(kind, tables, tableOf(given[0]).column, given[0]);
  const rows = tables.flatMap((table) => table.rows);
  if (kind === 'multilabel' && column === undefined && rows.every(({ only }) => only === undefined))
    return { kind, classes: flagColumns(tables, given[0], notes) };
  const values = rows.map(({ cells, only }) => only ?? (column && cells[column]));
  const unknown = guessUnknown(kind, values, given[0], notes);
  const known = values.filter((value) => !isEmpty(value, unknown));
  // Of `multilabel` an empty cell is a label: nothing is shown.
  const optional = known.length < values.length && kind !== 'multilabel' ? { optional: true } : {};
  const settings = { ...unknown, ...optional };
  const named = column === undefined ? {} : { column };
  switch (kind) {
    case 'regression':
      notes.push('regression: write what the numbers are into "unit"');
      return { kind, ...(column !== undefined && { names: [column] }), ...settings };
    case 'classification':
      return { kind, classes: distinct(known, given[0]), ...named, ...settings };
    default:
      return { kind, classes: distinct(values.flatMap(namesIn), given[0]), ...named, ...settings };
  }
}

/** The classes that a cell of `multilabel` lists; `?NAME` for one that is unknown. */
function namesIn(cell: unknown): string[] {
  const names = Array.isArray(cell) ? cell.map(String) : String(cell ?? '').split(/[;|]/);
  return names.map((name) => name.trim().replace(/^\?/, ''));
}

/**
 * -1 among numbers of at least 0 means unknown where these are indices of classes; of other numbers it is only noted.
 */
function guessUnknown(
  kind: TableKind,
  values: readonly unknown[],
  given: string,
  notes: string[],
): { unknown?: readonly number[] } {
  const numbers = values.map(numberIn);
  const found = numbers.filter((number) => number === -1).length;
  const known = values.filter((value, i) => !isEmpty(value) && numbers[i] !== -1);
  const others = known.map((value) => numberIn(value) ?? -1);
  if (kind === 'multilabel' || found === 0 || known.length === 0 || others.some((number) => number < 0)) return {};
  if (kind === 'regression') {
    notes.push(
      `${given}: holds -1 ${found} times and nothing else below 0; if it means unknown, set "unknown" to [-1]`,
    );
    return {};
  }
  if (others.some((number) => !Number.isInteger(number))) return {};
  guess(notes, `${given}: -1 is unknown`, `it stands there ${found} times, and all other values are 0 or more`);
  return { unknown: [-1] };
}

/** The columns whose cells are 1, 0 or empty: each tells whether a class is shown. */
function flagColumns(tables: readonly Table[], given: string, notes: string[]): string[] {
  const rows = tables.flatMap((table) => table.rows);
  const isFlag = (column: string) =>
    rows.every(({ cells }) => isEmpty(cells[column]) || yesOrNo(cells[column]) !== undefined);
  const { columns } = tables[0];
  const others = columns.filter((column) => !isFlag(column));
  if (others.length > 0)
    notes.push(`${given}: the columns ${others.join(', ')} hold more than 1, 0 or nothing and are left out`);
  return columns.filter(isFlag);
}

/** The column that was named or is the only one; undefined where there is none, or every class has its own. */
function columnFor(kind: TableKind, tables: readonly Table[], named: string | undefined, given: string) {
  const columns = [...new Set(tables.flatMap((table) => table.columns))];
  if (named !== undefined || columns.length === 0) return named;
  if (columns.length === 1) return columns[0];
  if (kind === 'multilabel') return undefined;
  throw new NddrError(
    `${tables[0].path}: has the columns ${columns.join(', ')}; say which, such as --${kind} 'train=${given}#${columns[0]}'`,
  );
}

/**
 * The different values, in alphabetical order, numbers by their size.
 * @throws NddrError where there are fewer than two
 */
function distinct(values: readonly unknown[], given: string): string[] {
  // 1 and 1.0 are one class.
  const nameOf = (value: unknown) => (Number.isInteger(numberIn(value)) ? String(numberIn(value)) : String(value));
  const names = [...new Set(values.flatMap((value) => (isEmpty(value) ? [] : [nameOf(value)])))];
  const found = names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  if (found.length >= 2) return found;
  throw new NddrError(`${given}: holds ${found.length} different values, expected at least two classes`);
}
