/** Tables of labels about images as a whole: CSV and JSON files. */
import { extname } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { NddrError } from '../errors.js';
import { isObject, readUserJson, readUserText } from '../json.js';
import { suggest } from '../schema.js';
import { isImageFile } from './image.js';

/** The line of a table about one image. */
export interface Row {
  /** The image file, as the table names it. */
  readonly file: string;
  /** Where the row stands, for messages: `ages.csv, line 3`. */
  readonly where: string;
  /** Column to value: text in CSV, anything in JSON. */
  readonly cells: Readonly<Record<string, unknown>>;
  /** The one value of a row without columns, as in `{ "a.jpg": 31 }`. */
  readonly only?: unknown;
}

export interface Table {
  readonly path: string;
  /** The column of the image files; undefined where a JSON object names them by its keys. */
  readonly fileColumn?: string;
  /** Every column but that of the files; none where the rows are single values. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** What was guessed or skipped, one line each. */
  readonly notes: readonly string[];
}

/** Names that the column of the image files may have, in any case; the first of them that a table has is the column. */
const FILE_COLUMNS = ['file', 'image', 'filename', 'file_name', 'image_file', 'path', 'image_path', 'file_path'];
/** A column of this name may hold the image files too, but often only counts the lines: it is tried last. */
const LAST_FILE_COLUMN = 'id';

interface Column {
  readonly name: string;
  readonly values: readonly unknown[];
}

/**
 * The column of the image files: the one that is named, has a known name, or holds names of image files.
 * @throws NddrError when the table has no column of the given name
 */
function fileColumnOf(path: string, columns: readonly Column[], named: string | undefined, notes: string[]) {
  const called = (wanted: string) => columns.find(({ name }) => name.toLowerCase() === wanted)?.name;
  if (named !== undefined) {
    const names = columns.map(({ name }) => name);
    if (names.includes(named)) return named;
    throw new NddrError(`${path}: no column "${named}", which "file" names; ${suggest(named, names)}`);
  }
  const known = FILE_COLUMNS.map(called).find((name) => name !== undefined);
  if (known !== undefined) return known;
  const looksLike = ({ values }: Column) => values.length > 0 && values.every((value) => isImageFile(String(value)));
  const likely = columns.find(looksLike);
  if (!likely) return called(LAST_FILE_COLUMN);
  notes.push(`${path}: "${likely.name}" is taken as the column of image files, such as "${String(likely.values[0])}"`);
  return likely.name;
}

/**
 * Reads a table of labels: CSV with a line of column names and commas, semicolons or tabs between the cells, or JSON,
 * either a list of objects or an object from file names to values or objects.
 * @param fileColumn the column of the image files; found by its name where left out
 * @throws NddrError naming file and line when it cannot be read or names no files
 */
export async function readTable(path: string, fileColumn?: string): Promise<Table> {
  const extension = extname(path).toLowerCase();
  if (extension === '.json') return jsonTable(path, await readUserJson(path), fileColumn);
  if (extension === '.csv' || extension === '.tsv') return csvTable(path, await readUserText(path), fileColumn);
  throw new NddrError(
    `${path}: labels of whole images stand in a table, expected a file that ends in .csv, .tsv or .json`,
  );
}

const DELIMITERS: readonly (readonly [string, string])[] = [
  [',', 'commas'],
  [';', 'semicolons'],
  ['\t', 'tabs'],
];

/** The delimiter that stands most often in the first line, and its name. */
function delimiterOf(text: string): readonly [string, string] {
  const header = text.split(/\r\n|\r|\n/).find((line) => line.trim() !== '') ?? '';
  const bare = header.replace(/"[^"]*"/g, '');
  const count = ([delimiter]: readonly [string, string]) => bare.split(delimiter).length;
  return DELIMITERS.reduce((best, one) => (count(one) > count(best) ? one : best));
}

interface CsvLine {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

function csvLines(path: string, text: string, delimiter: string): CsvLine[] {
  try {
    const options = { delimiter, bom: true, trim: true, skip_empty_lines: true, info: true, relax_column_count: true };
    return parse(text, options) as unknown as CsvLine[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = 'lines' in error ? `, line ${String(error.lines)}` : '';
    throw new NddrError(`${path}${line}: ${error.message}`);
  }
}

function csvTable(path: string, text: string, named: string | undefined): Table {
  const [delimiter, delimiters] = delimiterOf(text);
  const lines = csvLines(path, text, delimiter);
  const [header, ...rest] = lines.filter(({ record }) => record.some((cell) => cell !== ''));
  const names = header?.record ?? [];
  const notes: string[] = [];
  const columns = names.map((name, i): Column => ({ name, values: rest.map(({ record }) => record[i]) }));
  const fileColumn = fileColumnOf(path, columns, named, notes);
  if (fileColumn === undefined) {
    throw new NddrError(
      `${path}, line ${header?.info.lines ?? 1}: no column of image files, expected one called "file", or its name as ` +
        `"file" of the label; found ${names.map((name) => `"${name}"`).join(', ') || 'nothing'} (${delimiters} between)`,
    );
  }
  const twin = names.find((name, i) => names.indexOf(name) < i);
  if (twin !== undefined) throw new NddrError(`${path}: has two columns "${twin}"; rename one of them`);
  const rows = rest.map((line) => csvRow(path, line, names, fileColumn, delimiters));
  const blank = lines.length - rows.length - (header ? 1 : 0);
  if (blank > 0) notes.push(`${path}: ${blank} lines of empty cells are skipped`);
  return { path, fileColumn, columns: names.filter((name) => name !== fileColumn), rows, notes };
}

function csvRow(
  path: string,
  { record, info }: CsvLine,
  names: readonly string[],
  fileColumn: string,
  delimiters: string,
): Row {
  const where = `${path}, line ${info.lines}`;
  if (record.length !== names.length) {
    throw new NddrError(
      `${where}: ${record.length} cells (${delimiters} between), expected as many cells as the first line has ` +
        `columns, ${names.length}; put a cell that holds the delimiter into double quotes`,
    );
  }
  const { [fileColumn]: file, ...cells } = Object.fromEntries(names.map((name, i) => [name, record[i]]));
  if (file === '') throw new NddrError(`${where}, column "${fileColumn}": is empty, expected an image file`);
  return { file, where, cells };
}

function jsonTable(path: string, value: unknown, named: string | undefined): Table {
  if (Array.isArray(value)) return listTable(path, value, named);
  if (!isObject(value))
    throw new NddrError(`${path}: expected an object from image files to labels, or a list of objects with "file"`);
  const rows = Object.entries(value).map(([file, entry]) => namedRow(path, file, entry));
  return { path, columns: columnsOf(rows), rows, notes: [] };
}

const columnsOf = (rows: readonly Row[]) => [...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))];

const namedRow = (path: string, file: string, entry: unknown): Row => ({
  file,
  where: `${path}, "${file}"`,
  ...(isObject(entry) ? { cells: entry } : { cells: {}, only: entry }),
});

function listTable(path: string, entries: readonly unknown[], named: string | undefined): Table {
  const keys = new Set(entries.flatMap((entry) => (isObject(entry) ? Object.keys(entry) : [])));
  const notes: string[] = [];
  const columns = [...keys].map((name): Column => ({ name, values: entries.map((one) => isObject(one) && one[name]) }));
  const fileColumn = fileColumnOf(path, columns, named, notes);
  const rows = entries.map((entry, i): Row => {
    const { [fileColumn ?? 'file']: file, ...cells } = isObject(entry) ? entry : {};
    if (typeof file === 'string') return { file, where: `${path}, entry ${i + 1}`, cells };
    throw new NddrError(
      `${path}, entry ${i + 1}: expected an object with the image file under "${fileColumn ?? 'file'}"`,
    );
  });
  return { path, fileColumn, columns: columnsOf(rows), rows, notes };
}
