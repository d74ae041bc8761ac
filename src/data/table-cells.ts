/** What the cells of a table's row say of an image. */
import { NddrError } from '../errors.js';
import { suggest } from '../schema.js';
import type { Raster } from '../tasks/raster.js';
import { UNKNOWN_NUMBER } from '../tasks/regression.js';
import type { LabelOf, TableLabel } from './description.js';
import type { Row } from './table.js';

/** The columns that a label is read from. */
export function columnsOf(name: string, what: TableLabel): readonly string[] {
  if (what.kind === 'regression') return what.names ?? [name];
  if (what.kind === 'multilabel') return what.column === undefined ? what.classes : [what.column];
  return [what.column ?? name];
}

/** The label that a row holds; undefined where its cells are empty or unknown. @throws NddrError naming the cell */
export function labelOfRow(row: Row, name: string, what: TableLabel): Raster | undefined {
  if (what.kind === 'classification') return classOf(cellOf(row, what.column ?? name), what);
  if (what.kind === 'regression') return numbersOf(row, name, what);
  return what.column === undefined ? flagsOf(row, name, what) : listedOf(cellOf(row, what.column), what);
}

export interface Cell {
  readonly where: string;
  readonly value: unknown;
}

export const cellOf = ({ where, cells, only }: Row, column: string): Cell =>
  only === undefined ? { where: `${where}, column "${column}"`, value: cells[column] } : { where, value: only };

/** The number that a cell holds, as `31`, `1.0` or `"1e3"`; undefined where it holds none. */
export function numberIn(value: unknown): number | undefined {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

/** Whether two cells are equal, as text or as numbers (`1` and `1.0`). */
const isSame = (a: unknown, b: unknown): boolean =>
  String(a) === String(b) || (numberIn(a) !== undefined && numberIn(a) === numberIn(b));

/** Whether a cell is empty or holds a value that means unknown. */
export const isEmpty = (value: unknown, { unknown = [] }: Pick<TableLabel, 'unknown'> = {}): boolean =>
  value === undefined || value === null || value === '' || unknown.some((one) => isSame(one, value));

const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing';
const raster = (data: Raster['data']): Raster => ({ channels: data.length, height: 1, width: 1, data });

/** Whether the cells hold indices of classes: some are numbers, and no class has a number as its name. */
export const areIndices = (values: readonly unknown[], classes: readonly string[]): boolean =>
  classes.every((name) => numberIn(name) === undefined) && values.some((value) => numberIn(value) !== undefined);

/** The index of the class that a cell names; where no class has a number as its name, a number is the index itself. */
function indexOf({ where, value }: Cell, classes: readonly string[]): number {
  const named = classes.indexOf(String(value));
  if (named >= 0) return named;
  const number = numberIn(value);
  if (number !== undefined) {
    const same = classes.findIndex((name) => isSame(name, value));
    if (same >= 0) return same;
    if (areIndices([value], classes)) {
      if (Number.isInteger(number) && number >= 0 && number < classes.length) return number;
      throw new NddrError(
        `${where}: ${show(value)} is no class, expected an index from 0 to ${classes.length - 1} or a name; ` +
          'if it means unknown, add it to "unknown" of the label',
      );
    }
  }
  throw new NddrError(`${where}: ${show(value)} is no class; ${suggest(String(value), classes)}`);
}

function classOf(cell: Cell, what: LabelOf<'classification'>): Raster | undefined {
  return isEmpty(cell.value, what) ? undefined : raster(Float32Array.of(indexOf(cell, what.classes)));
}

function numbersOf(row: Row, name: string, what: LabelOf<'regression'>): Raster | undefined {
  const names = what.names ?? [name];
  const values = Array.isArray(row.only) ? (row.only as unknown[]) : undefined;
  if (values && values.length !== names.length) {
    throw new NddrError(`${row.where}: ${values.length} numbers, expected ${names.length} (${names.join(', ')})`);
  }
  const numbers = names.map((column, k) =>
    numberOf(values ? { where: row.where, value: values[k] } : cellOf(row, column), name, what),
  );
  if (numbers.every((number) => number === undefined)) return undefined;
  return raster(Float32Array.from(numbers, (number) => number ?? UNKNOWN_NUMBER));
}

function numberOf({ where, value }: Cell, name: string, what: LabelOf<'regression'>): number | undefined {
  if (isEmpty(value, what)) return undefined;
  const number = numberIn(value);
  if (number !== undefined && Math.abs(number) < -UNKNOWN_NUMBER) return number;
  const comma = typeof value === 'string' && numberIn(value.replace(',', '.')) !== undefined;
  throw new NddrError(
    `${where}: ${show(value)}, expected a number, with a point for the decimals, or nothing; ` +
      (comma ? 'write a point instead of the comma' : `if it means unknown, add it to labels.${name}.unknown`),
  );
}

const YES = ['1', 'true', 'yes'];
const NO = ['0', 'false', 'no'];

/** Reads 1, true and yes as 1, and 0, false and no as 0; undefined for all else. */
export function yesOrNo(value: unknown): 0 | 1 | undefined {
  const text = String(numberIn(value) ?? value).toLowerCase();
  return YES.includes(text) ? 1 : NO.includes(text) ? 0 : undefined;
}

/** Reads a label whose classes have a column each. */
function flagsOf(row: Row, name: string, what: LabelOf<'multilabel'>): Raster | undefined {
  if (row.only !== undefined) return listedOf({ where: row.where, value: row.only }, what);
  const data = Uint8Array.from(what.classes, (column) => {
    const { where, value } = cellOf(row, column);
    if (isEmpty(value, what)) return 255;
    const answer = yesOrNo(value);
    if (answer !== undefined) return answer;
    throw new NddrError(`${where}: ${show(value)}, expected 1 or 0, or nothing where it is unknown for ${name}`);
  });
  return data.every((value) => value === 255) ? undefined : raster(data);
}

/**
 * Reads a cell that lists the classes which the image shows, with `?NAME` for one that is unknown; others are not
 * shown.
 */
function listedOf({ where, value }: Cell, { classes, unknown = [] }: LabelOf<'multilabel'>): Raster | undefined {
  if (value === undefined || value === null || unknown.some((one) => isSame(one, value))) return undefined;
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
