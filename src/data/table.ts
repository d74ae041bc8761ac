import { extname } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { NddrError } from '../errors.js';
import { readText } from '../files.js';

/** What a table says of one image. */
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
  /** Every column but that of the files; of a table whose rows are single values there is none. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** Names of the column that holds the image files, in any case. */
const FILE_COLUMNS = ['file', 'image', 'filename', 'file_name', 'path', 'id'];
const isFileColumn = (name: string): boolean => FILE_COLUMNS.includes(name.toLowerCase());

/**
 * Reads a table of labels: CSV with a line of column names (`.tsv` with tabs), or JSON, either a list of objects or an
 * object from file names to values or objects.
 * @throws NddrError naming file and line when it cannot be read or names no files
 */
export async function readTable(path: string): Promise<Table> {
  const text = await readText(path);
  const extension = extname(path).toLowerCase();
  if (extension === '.json') return jsonTable(path, text);
  if (extension === '.csv' || extension === '.tsv') return csvTable(path, text, extension === '.csv' ? ',' : '\t');
  throw new NddrError(
    `${path}: labels of whole images stand in a table, expected a file that ends in .csv, .tsv or .json`,
  );
}

function csvTable(path: string, text: string, delimiter: string): Table {
  let lines: { record: string[]; info: { lines: number } }[];
  try {
    const options = { delimiter, bom: true, trim: true, skip_empty_lines: true, info: true };
    lines = parse(text, options) as unknown as typeof lines;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = 'lines' in error ? `, line ${String(error.lines)}` : '';
    throw new NddrError(`${path}${line}: ${error.message}; expected as many cells as the first line has columns`);
  }
  const [header, ...rest] = lines;
  const names = header?.record ?? [];
  const fileAt = names.findIndex(isFileColumn);
  if (fileAt < 0) {
    throw new NddrError(
      `${path}, line 1: no column of image files, expected one called "file"; found ${names.map((n) => `"${n}"`).join(', ') || 'nothing'}`,
    );
  }
  const twin = names.find((name, i) => names.indexOf(name) < i);
  if (twin !== undefined) throw new NddrError(`${path}, line 1: two columns are called "${twin}"; rename one of them`);
  return {
    path,
    columns: names.filter((_, i) => i !== fileAt),
    rows: rest.map(({ record, info }) => ({
      file: record[fileAt],
      where: `${path}, line ${info.lines}`,
      cells: Object.fromEntries(names.flatMap((name, i) => (i === fileAt ? [] : [[name, record[i]]]))),
    })),
  };
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function jsonTable(path: string, text: string): Table {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new NddrError(`${path}: is not valid JSON (${(error as Error).message})`);
  }
  let rows: Row[];
  if (Array.isArray(value)) rows = value.map((entry: unknown, i) => listedRow(path, entry, i + 1));
  else if (isObject(value)) rows = Object.entries(value).map(([file, entry]) => namedRow(path, file, entry));
  else throw new NddrError(`${path}: expected an object from image files to labels, or a list of objects with "file"`);
  return { path, columns: [...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))], rows };
}

const namedRow = (path: string, file: string, entry: unknown): Row => ({
  file,
  where: `${path}, "${file}"`,
  ...(isObject(entry) ? { cells: entry } : { cells: {}, only: entry }),
});

function listedRow(path: string, entry: unknown, number: number): Row {
  const key = isObject(entry) ? Object.keys(entry).find(isFileColumn) : undefined;
  const file = isObject(entry) && key !== undefined ? entry[key] : undefined;
  if (!isObject(entry) || typeof file !== 'string') {
    throw new NddrError(`${path}, entry ${number}: expected an object with the image file under "file"`);
  }
  const cells = Object.fromEntries(Object.entries(entry).filter(([name]) => name !== key));
  return { file, where: `${path}, entry ${number}`, cells };
}
