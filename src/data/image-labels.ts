import { relative } from 'node:path';
import { NddrError } from '../errors.js';
import { suggest } from '../schema.js';
import type { Raster } from '../tasks/raster.js';
import { someOf } from '../words.js';
import type { TableLabel } from './description.js';
import { attempt, type Findings, reportMissing } from './findings.js';
import { comparable, namesOf } from './image-names.js';
import { type Row, readTable, type Table } from './table.js';
import { areIndices, cellOf, columnsOf, labelOfRow } from './table-cells.js';

/** The labels of a split's images that one table holds. */
export interface ImageLabels {
  /** By the id of the image; an image whose cells are empty is absent. */
  readonly labels: ReadonlyMap<string, Raster>;
  /** The lines that an image pairs with, such as `ages.csv, line 3`; and those that none does. */
  readonly usedRows: readonly string[];
  readonly unusedRows: readonly string[];
}

const NONE: ImageLabels = { labels: new Map(), usedRows: [], unusedRows: [] };

/** A table with the label that is read from it. */
interface LabelTable {
  readonly root: string;
  readonly table: Table;
  readonly name: string;
  readonly what: TableLabel;
  /** Id to path. */
  readonly images: ReadonlyMap<string, string>;
}

/**
 * Reads a table and pairs its lines with images. A line names its image by the path below the root, by what the
 * wildcards of the pattern match, or by the file's name, each with or without the extension.
 * @param images id to path
 * @param found receives what does not fit, and notes
 */
export async function readImageLabels(
  root: string,
  path: string,
  [name, what]: readonly [string, TableLabel],
  images: ReadonlyMap<string, string>,
  found: Findings,
): Promise<ImageLabels> {
  const table = await attempt(found.problems, async () => withColumns(await readTable(path, what.file), name, what));
  if (!table) return NONE;
  found.notes.push(...table.notes);
  const source: LabelTable = { root, table, name, what, images };
  const rowOf = pairRows(source, found.problems);
  const used = new Set(rowOf.values());
  const unusedRows = table.rows.filter((row) => !used.has(row)).map(({ where }) => where);
  if (used.size === 0 && images.size > 0) {
    found.problems.push(pairsWithNone(source));
    return { ...NONE, unusedRows };
  }
  const labels = await labelsOfRows(source, rowOf, found);
  if (what.kind === 'classification' && areIndices(valuesOf(used, what.column ?? name), what.classes))
    found.notes.push(`${path}: numbers are taken as indices of the classes of ${name}, 0 is "${what.classes[0]}"`);
  return { labels, usedRows: [...used].map(({ where }) => where), unusedRows };
}

/** The row of each image, by its id. Rows that name no image, or several, are problems. */
function pairRows({ root, table, images }: LabelTable, problems: string[]): Map<string, Row> {
  const rows = rowsByFile(table, problems);
  const rowOf = new Map<string, Row>();
  const imageOf = new Map<Row, string>();
  for (const [id, image] of images) {
    const row = namesOf(id, relative(root, image))
      .map((file) => rows.get(file))
      .find((one) => one !== undefined);
    if (!row) continue;
    const other = imageOf.get(row);
    if (other === undefined) {
      imageOf.set(row, image);
      rowOf.set(id, row);
    } else {
      problems.push(`${row.where}: "${row.file}" names both ${other} and ${image}; write the path below ${root}`);
    }
  }
  return rowOf;
}

/** The labels that the rows hold, by the id of the image. Missing labels are reported. */
async function labelsOfRows(
  { table, name, what, images }: LabelTable,
  rowOf: ReadonlyMap<string, Row>,
  found: Findings,
): Promise<Map<string, Raster>> {
  const labels = new Map<string, Raster>();
  const missing: string[] = [];
  const before = found.problems.length;
  for (const [id, image] of images) {
    const row = rowOf.get(id);
    if (!row) {
      missing.push(image);
      continue;
    }
    const failures = found.problems.length;
    const label = await attempt(found.problems, () => labelOfRow(row, name, what));
    if (label) labels.set(id, label);
    else if (found.problems.length === failures) missing.push(`${image} (an empty cell in ${row.where})`);
  }
  const isOnlyFault = found.problems.length === before;
  reportMissing({ ...found, where: table.path, name, missing, all: images.size, optional: what.optional, isOnlyFault });
  return labels;
}

const valuesOf = (rows: ReadonlySet<Row>, column: string): unknown[] =>
  [...rows].map((row) => cellOf(row, column).value);

/** The message about a table that labels no image, with the setting that would correct it. */
function pairsWithNone({ root, table, name, images }: LabelTable): string {
  const { path, fileColumn, rows } = table;
  const [image] = images.values();
  const place = fileColumn === undefined ? 'it' : `its column "${fileColumn}"`;
  const names = rows.length === 0 ? 'it has no lines' : `${place} names ${someOf(rows.map(({ file }) => `"${file}"`))}`;
  const start = `${path}: labels none of the ${images.size} images: ${names}; the images are such as ${comparable(relative(root, image))}`;
  const best = columnOfImages({ root, table, images });
  return best
    ? `${start}; its column "${best.column}" names images in ${best.count} lines: set labels.${name}.file to "${best.column}"`
    : `${start}; name images by their path below ${root}, or by the file's name, with or without the extension`;
}

/** The column that names images in the most lines; undefined where none does. */
function columnOfImages({ root, table, images }: Pick<LabelTable, 'root' | 'table' | 'images'>) {
  const known = new Set([...images].flatMap(([id, file]) => namesOf(id, relative(root, file))));
  const counts = table.columns.map((column) => ({
    column,
    count: table.rows.filter(({ cells }) => known.has(comparable(String(cells[column] ?? '')))).length,
  }));
  const [best] = counts.sort((a, b) => b.count - a.count);
  return best && best.count > 0 ? best : undefined;
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

/** The first row of each file, by the file; a file with several rows is a problem. */
function rowsByFile({ path, rows }: Table, problems: string[]): Map<string, Row> {
  const byFile = new Map<string, Row[]>();
  for (const row of rows) byFile.set(comparable(row.file), [...(byFile.get(comparable(row.file)) ?? []), row]);
  for (const [file, same] of byFile) {
    if (same.length === 1) continue;
    const places = same.map(({ where }) => where.slice(path.length + 2)).join(', ');
    problems.push(
      `${path}: "${file}" stands ${same.length} times (${places}), expected one line an image; keep one of them, or, ` +
        'where an image shows several things, list them in one cell ("bed; lamp") of a multilabel label',
    );
  }
  return new Map([...byFile].map(([file, [first]]) => [file, first]));
}
