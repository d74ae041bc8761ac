import { basename, extname, relative } from 'node:path';
import { NddrError } from '../errors.js';
import { suggest } from '../schema.js';
import type { Raster } from '../tasks/raster.js';
import { UNKNOWN_NUMBER } from '../tasks/regression.js';
import { someOf } from '../words.js';
import type { TableLabel } from './description.js';
import { attempt, type Findings, tellMissing } from './findings.js';
import { type Row, readTable, type Table } from './table.js';
import { areIndices, cellOf, columnsOf, labelOfRow } from './table-cells.js';

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
 * @param found receives what does not fit and what is worth knowing
 */
export async function readImageLabels(
  root: string,
  path: string,
  [name, what]: readonly [string, TableLabel],
  images: ReadonlyMap<string, string>,
  found: Findings,
): Promise<ImageLabels> {
  const { problems } = found;
  const table = await attempt(problems, async () => withColumns(await readTable(path, what.file), name, what));
  if (!table) return NONE;
  found.notes.push(...table.notes);
  const rows = rowsByFile(table, problems);
  const rowOf = new Map<string, Row>();
  const takenBy = new Map<Row, string>();
  for (const [id, image] of images) {
    const row = namesOf(id, relative(root, image))
      .map((file) => rows.get(file))
      .find((one) => one !== undefined);
    if (!row) continue;
    const twin = takenBy.get(row);
    if (twin)
      problems.push(`${row.where}: "${row.file}" names both ${twin} and ${image}; write the path below ${root}`);
    else {
      takenBy.set(row, image);
      rowOf.set(id, row);
    }
  }
  const unusedRows = table.rows.filter((row) => !takenBy.has(row)).map(({ where }) => where);
  if (takenBy.size === 0 && images.size > 0) {
    problems.push(pairsWithNone(root, table, name, images));
    return { ...NONE, unusedRows };
  }
  const before = problems.length;
  const labels = new Map<string, Raster>();
  const missing: string[] = [];
  for (const [id, image] of images) {
    const row = rowOf.get(id);
    const failed = problems.length;
    const label = row && (await attempt(problems, () => labelOfRow(row, name, what)));
    if (label) labels.set(id, label);
    else if (problems.length === failed) missing.push(row ? `${image} (an empty cell in ${row.where})` : image);
  }
  const settled = problems.length === before;
  tellMissing({ ...found, where: path, name, missing, all: images.size, optional: what.optional, settled });
  if (what.kind === 'classification' && areIndices(valuesOf(takenBy, what.column ?? name), what.classes))
    found.notes.push(`${path}: numbers are taken as indices of the classes of ${name}, 0 is "${what.classes[0]}"`);
  return { labels, usedRows: [...takenBy.keys()].map(({ where }) => where), unusedRows };
}

const valuesOf = (rows: ReadonlyMap<Row, string>, column: string): unknown[] =>
  [...rows.keys()].map((row) => cellOf(row, column).value);

/** Why a table labels no image, and what would. */
function pairsWithNone(root: string, table: Table, name: string, images: ReadonlyMap<string, string>): string {
  const { path, fileColumn, columns, rows } = table;
  const [image] = images.values();
  const place = fileColumn === undefined ? 'it' : `its column "${fileColumn}"`;
  const names = rows.length === 0 ? 'it has no lines' : `${place} names ${someOf(rows.map(({ file }) => `"${file}"`))}`;
  const start = `${path}: labels none of the ${images.size} images: ${names}; the images are such as ${tidy(relative(root, image))}`;
  const known = new Set([...images].flatMap(([id, file]) => namesOf(id, relative(root, file))));
  const hits = columns.map((column) => {
    const fits = rows.filter(({ cells }) => known.has(tidy(String(cells[column] ?? ''))));
    return { column, count: fits.length };
  });
  const best = hits.reduce((a, b) => (b.count > a.count ? b : a), { column: '', count: 0 });
  return best.count > 0
    ? `${start}; its column "${best.column}" names images in ${best.count} lines: set labels.${name}.file to "${best.column}"`
    : `${start}; name images by their path below ${root}, or by the file's name, with or without the extension`;
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
// Macs write an accent as a character of its own, others as one with its letter.
const tidy = (file: string): string => file.replaceAll('\\', '/').replace(/^\.\//, '').normalize('NFC');

/** What a table may call an image. */
function namesOf(id: string, path: string): string[] {
  const file = tidy(path);
  return [file, withoutExtension(file), id + extname(file), id, basename(file), basename(withoutExtension(file))];
}

function rowsByFile({ path, rows }: Table, problems: string[]): Map<string, Row> {
  const byFile = new Map<string, Row[]>();
  for (const row of rows) byFile.set(tidy(row.file), [...(byFile.get(tidy(row.file)) ?? []), row]);
  for (const [file, same] of byFile) {
    if (same.length === 1) continue;
    const places = same.map(({ where }) => where.slice(path.length + 2)).join(', ');
    problems.push(
      `${path}: "${file}" stands ${same.length} times (${places}), expected one line an image; keep one of them, or, ` +
        'where each tells one of several things, write them as a list in one cell ("bed; lamp") of a multilabel label',
    );
  }
  return new Map([...byFile].map(([file, [first]]) => [file, first]));
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
