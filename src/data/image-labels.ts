import { basename, extname, relative } from 'node:path';
import { NddrError } from '../errors.js';
import { suggest } from '../schema.js';
import type { Raster } from '../tasks/raster.js';
import { UNKNOWN_NUMBER } from '../tasks/regression.js';
import type { LabelOf, TableLabel } from './description.js';
import { type Row, readTable, type Table } from './table.js';

/** The labels of a split's images that one table holds. */
export interface ImageLabels {
  /** By the id of the image; one whose cells are empty is absent. */
  readonly labels: ReadonlyMap<string, Raster>;
  /** Where the lines stand that an image pairs with, and those that none does. */
  readonly usedRows: readonly string[];
  readonly unusedRows: readonly string[];
}

const NONE: ImageLabels = { labels: new Map(), usedRows: [], unusedRows: [] };

/**
 * Reads a table and pairs its lines with images. A line names its image by the path below the root, by what the
 * wildcards of the pattern match, or by the file's name, each with or without the extension.
 * @param images id to path
 * @param problems receives what does not fit, one line each
 */
export async function readImageLabels(
  root: string,
  path: string,
  [name, what]: readonly [string, TableLabel],
  images: ReadonlyMap<string, string>,
  problems: string[],
): Promise<ImageLabels> {
  const table = await attempt(problems, async () => withColumns(await readTable(path), name, what));
  if (!table) return NONE;
  const rows = rowsByFile(table, problems);
  const labels = new Map<string, Raster>();
  const takenBy = new Map<Row, string>();
  for (const [id, image] of images) {
    const row = namesOf(id, relative(root, image))
      .map((file) => rows.get(file))
      .find((found) => found !== undefined);
    const twin = row && takenBy.get(row);
    if (row && twin) {
      problems.push(`${row.where}: "${row.file}" names both ${twin} and ${image}; write the path below ${root}`);
      continue;
    }
    if (row) takenBy.set(row, image);
    const before = problems.length;
    const label = row && (await attempt(problems, () => labelOfRow(row, name, what)));
    if (label) labels.set(id, label);
    else if (!what.optional && problems.length === before) {
      const place = row ? `an empty cell in ${row.where}` : `no line for it in ${path}`;
      problems.push(`${image}: no ${name} label for it: ${place}; add it, or set labels.${name}.optional to true`);
    }
  }
  const [used, unused] = [true, false].map((taken) => table.rows.filter((row) => takenBy.has(row) === taken));
  return { labels, usedRows: used.map(({ where }) => where), unusedRows: unused.map(({ where }) => where) };
}

/** What it gives, or undefined once the error is written down. */
async function attempt<Result>(problems: string[], act: () => Promise<Result> | Result): Promise<Result | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof NddrError)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

/** The columns that a label is read from. */
function columnsOf(name: string, what: TableLabel): readonly string[] {
  if (what.kind === 'regression') return what.names ?? [name];
  if (what.kind === 'multilabel') return what.column === undefined ? what.classes : [what.column];
  return [what.column ?? name];
}

/** @throws NddrError when a table with columns lacks one that a label is read from */
function withColumns(table: Table, name: string, what: TableLabel): Table {
  if (table.rows.some(({ only }) => only !== undefined)) return table;
  const missing = columnsOf(name, what).filter((column) => !table.columns.includes(column));
  if (missing.length === 0) return table;
  throw new NddrError(
    `${table.path}: no column "${missing.join('", "')}" for labels.${name}; ${suggest(missing[0], table.columns)}`,
  );
}

const withoutExtension = (file: string): string => file.slice(0, file.length - extname(file).length);
const tidy = (file: string): string => file.replaceAll('\\', '/').replace(/^\.\//, '');

/** What a table may call an image. */
function namesOf(id: string, path: string): string[] {
  const file = tidy(path);
  return [file, withoutExtension(file), id + extname(file), id, basename(file), basename(withoutExtension(file))];
}

function rowsByFile({ rows }: Table, problems: string[]): Map<string, Row> {
  const byFile = new Map<string, Row>();
  for (const row of rows) {
    const twin = byFile.get(tidy(row.file));
    if (twin) problems.push(`${row.where}: "${row.file}" stands in ${twin.where} already; keep one of them`);
    else byFile.set(tidy(row.file), row);
  }
  return byFile;
}

/** The label that a row holds; undefined where its cells are empty. @throws NddrError naming the cell */
function labelOfRow(row: Row, name: string, what: TableLabel): Raster | undefined {
  if (what.kind === 'classification') return classOf(cellOf(row, what.column ?? name), what);
  if (what.kind === 'regression') return numbersOf(row, what.names ?? [name]);
  return what.column === undefined ? yesOrNoOf(row, name, what) : listOf(cellOf(row, what.column), what);
}

interface Cell {
  readonly where: string;
  readonly value: unknown;
}

const cellOf = ({ where, cells, only }: Row, column: string): Cell =>
  only === undefined ? { where: `${where}, column "${column}"`, value: cells[column] } : { where, value: only };

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '';
const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing';
const raster = (data: Raster['data']): Raster => ({ channels: data.length, height: 1, width: 1, data });

function indexOf({ where, value }: Cell, classes: readonly string[]): number {
  const index = classes.indexOf(String(value));
  if (index >= 0) return index;
  throw new NddrError(`${where}: ${show(value)} is no class; ${suggest(String(value), classes)}`);
}

function classOf(cell: Cell, { classes }: LabelOf<'classification'>): Raster | undefined {
  return isEmpty(cell.value) ? undefined : raster(Float32Array.of(indexOf(cell, classes)));
}

function numbersOf(row: Row, names: readonly string[]): Raster | undefined {
  const values = Array.isArray(row.only) ? (row.only as unknown[]) : undefined;
  if (values && values.length !== names.length) {
    throw new NddrError(`${row.where}: ${values.length} numbers, expected ${names.length} (${names.join(', ')})`);
  }
  const numbers = names.map((name, k) => numberOf(values ? { where: row.where, value: values[k] } : cellOf(row, name)));
  if (numbers.every((number) => number === undefined)) return undefined;
  return raster(Float32Array.from(numbers, (number) => number ?? UNKNOWN_NUMBER));
}

function numberOf({ where, value }: Cell): number | undefined {
  if (isEmpty(value)) return undefined;
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number === 'number' && Math.abs(number) < -UNKNOWN_NUMBER) return number;
  throw new NddrError(`${where}: ${show(value)}, expected a number, with a point for the decimals, or nothing`);
}

const YES = ['1', 'true', 'yes'];
const NO = ['0', 'false', 'no'];

/** Every class has a column. */
function yesOrNoOf(row: Row, name: string, what: LabelOf<'multilabel'>): Raster | undefined {
  if (row.only !== undefined) return listOf({ where: row.where, value: row.only }, what);
  const data = Uint8Array.from(what.classes, (column) => {
    const { where, value } = cellOf(row, column);
    if (isEmpty(value)) return 255;
    const text = String(value).toLowerCase();
    if (YES.includes(text) || NO.includes(text)) return Number(YES.includes(text));
    throw new NddrError(`${where}: ${show(value)}, expected 1, 0, or nothing where ${name} does not know it`);
  });
  return data.every((value) => value === 255) ? undefined : raster(data);
}

/** One cell lists what the image shows, `?NAME` for what is unknown; all else is not shown. */
function listOf({ where, value }: Cell, { classes }: LabelOf<'multilabel'>): Raster | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' && !Array.isArray(value)) {
    throw new NddrError(`${where}: ${show(value)}, expected names of classes, with ";" between`);
  }
  const names = Array.isArray(value) ? value.map(String) : value.split(/[;|]/);
  const data = new Uint8Array(classes.length);
  for (const text of names.map((one) => one.trim()).filter((one) => one !== '')) {
    const unknown = text.startsWith('?') && !classes.includes(text);
    data[indexOf({ where, value: unknown ? text.slice(1).trim() : text }, classes)] = unknown ? 255 : 1;
  }
  return raster(data);
}

/** Mean and standard deviation of each number over the labels that know it, to six digits; 0 and 1 where nothing does. */
export function momentsOf(labels: readonly Raster[], count: number): { mean: number[]; deviation: number[] } {
  const short = (value: number) => Number(value.toPrecision(6));
  const each = Array.from({ length: count }, (_, k) => {
    const known = labels.map(({ data }) => data[k]).filter((value) => value > UNKNOWN_NUMBER);
    const average = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length);
    const mean = average(known);
    return { mean: short(mean), deviation: short(Math.sqrt(average(known.map((v) => (v - mean) ** 2)))) || 1 };
  });
  return { mean: each.map(({ mean }) => mean), deviation: each.map(({ deviation }) => deviation) };
}
