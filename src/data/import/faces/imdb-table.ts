/** The tables of IMDB-WIKI, `imdb.mat` and `wiki.mat`: MATLAB v5 files of one struct. */
import { NddrError } from '../../../errors.js';
import type { MatStruct } from '../../matlab/arrays.js';
import { expectKind, parseMatlab } from '../../matlab/read.js';
import { readFile, type SourceFile, shownPath } from '../source.js';
import type { Gender } from './labels.js';

/** A line of the table. */
export interface Portrait {
  /** The image, below the folder of the table: `01/nm0000001_rm124825600_1899-5-10_1968.jpg`. */
  readonly path: string;
  /** Who is shown; undefined where unknown. */
  readonly person: string | undefined;
  /** In years, when the photograph was taken; may be no possible age. */
  readonly age: number;
  readonly gender: Gender | undefined;
  /** Of the detector; not finite where it found no face. */
  readonly faceScore: number;
  /** Whether the detector found a second face. */
  readonly hasSecondFace: boolean;
}

/** Reads a table. @throws NddrError where it is another file, or damaged */
export async function readPortraits(file: SourceFile): Promise<Portrait[]> {
  const path = shownPath(file);
  const variables = parseMatlab(await readFile(file), path);
  const name = ['imdb', 'wiki'].find((one) => variables.has(one)) ?? 'imdb';
  const table = expectKind(variables.get(name), 'struct', name, path);
  const numbers = (field: string) => expectKind(table.get(field), 'numbers', field, path).data;
  const paths = expectKind(table.get('full_path'), 'cells', 'full_path', path);
  const [born, taken, gender] = [numbers('dob'), numbers('photo_taken'), numbers('gender')];
  const [score, second] = [numbers('face_score'), numbers('second_face_score')];
  for (const [field, { length }] of Object.entries({
    dob: born,
    photo_taken: taken,
    gender,
    face_score: score,
    second_face_score: second,
  })) {
    if (length === paths.length) continue;
    throw new NddrError(
      `${path}: "${field}" has ${length} entries, and "full_path" ${paths.length}; download it again`,
    );
  }
  const personOf = persons(table, path, paths.length);
  return Array.from({ length: paths.length }, (_, i) => ({
    path: textOf(paths.at(i)),
    person: personOf(i),
    age: ageOf(born[i], taken[i]),
    gender: gender[i] === 0 ? 'female' : gender[i] === 1 ? 'male' : undefined,
    faceScore: score[i],
    hasSecondFace: !Number.isNaN(second[i]),
  }));
}

const textOf = (value: { readonly kind: string; readonly text?: string }): string =>
  value.kind === 'text' ? (value.text ?? '') : '';

/** Who is shown on a line: by number where the table has numbers, else by name. */
function persons(table: MatStruct, path: string, count: number): (line: number) => string | undefined {
  const ids = table.get('celeb_id');
  if (ids?.kind === 'numbers' && ids.data.length === count) return (i) => String(ids.data[i]);
  const names = expectKind(table.get('name'), 'cells', 'name', path);
  return (i) => (i < names.length && textOf(names.at(i)).trim()) || undefined;
}

/** MATLAB's number of 1970-01-01: days from the year 0 on. */
const EPOCH = 719529;
const DAY_MILLIS = 86_400_000;

/**
 * The age as the script that comes with the data set computes it: the year of the difference between 1 July of the year
 * in which the photograph was taken and the date of birth.
 * @param born a date of MATLAB: days
 */
export function ageOf(born: number, yearTaken: number): number {
  const july = new Date(0);
  july.setUTCFullYear(yearTaken, 6, 1);
  const days = july.getTime() / DAY_MILLIS + EPOCH - born;
  return new Date((Math.floor(days) - EPOCH) * DAY_MILLIS).getUTCFullYear();
}
