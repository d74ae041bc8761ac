/** The fold files of Adience, `fold_0_data.txt` to `fold_4_data.txt`: a line for each face, separated by tabs. */
import { NddrError } from '../../../errors.js';
import { decodeText } from '../../../json.js';
import { readFile, type SourceFile, shownPath } from '../source.js';
import type { Gender } from './labels.js';

/** The age groups of the data set: its label, the class, youngest and oldest. */
const GROUPS: readonly (readonly [youngest: number, oldest: number])[] = [
  [0, 2],
  [4, 6],
  [8, 13],
  [15, 20],
  [25, 32],
  [38, 43],
  [48, 53],
  [60, 100],
];

/** The names of the age groups. */
export const AGE_GROUPS: readonly string[] = GROUPS.map(([youngest, oldest]) => `${youngest}-${oldest}`);

/** A face of a fold. */
export interface Face {
  /** `USER/ID.NAME`, as the names of the image files have it. */
  readonly key: string;
  /** Youngest and oldest; equal where one age is given. */
  readonly ages: readonly [number, number] | undefined;
  readonly gender: Gender | undefined;
}

/** The age group that holds a range of ages; undefined where none holds all of it. */
export function groupOf([youngest, oldest]: readonly [number, number]): string | undefined {
  const at = GROUPS.findIndex(([from, to]) => youngest >= from && oldest <= to);
  return AGE_GROUPS[at];
}

/** How the published folds misprint a range, and what it means: github.com/GilLevi/AgeGenderDeepLearning reads it so. */
const MISPRINT = { from: '(25, 23)', to: '(25, 32)' } as const;

const COLUMNS = ['user_id', 'original_image', 'face_id', 'age', 'gender'] as const;

/** Reads a fold. @throws NddrError where a column is missing, or a line has too few cells or an age that is none */
export async function readFold(file: SourceFile): Promise<Face[]> {
  const path = shownPath(file);
  const lines = decodeText(await readFile(file), path).split(/\r\n|\r|\n/);
  const header = lines[0].split('\t').map((cell) => cell.trim());
  const at = COLUMNS.map((column) => header.indexOf(column));
  const missing = COLUMNS.filter((_, i) => at[i] < 0);
  if (missing.length > 0) {
    throw new NddrError(`${path}: has no column ${missing.join(', ')}; expected a fold of Adience, separated by tabs`);
  }
  return lines.slice(1).flatMap((line, index) => {
    if (line.trim() === '') return [];
    const cells = line.split('\t').map((cell) => cell.trim());
    const [user, image, face, age, gender] = at.map((column) => cells[column] ?? '');
    const where = `${path}, line ${index + 2}`;
    if (user === '' || image === '' || face === '') {
      throw new NddrError(`${where}: names no face; expected ${COLUMNS.slice(0, 3).join(', ')}`);
    }
    return [{ key: `${user}/${face}.${image}`, ages: agesOf(age, where), gender: genderOf(gender) }];
  });
}

const genderOf = (text: string): Gender | undefined => (text === 'f' ? 'female' : text === 'm' ? 'male' : undefined);

/** `(25, 32)`, `35`, or `None`. */
function agesOf(text: string, where: string): Face['ages'] {
  if (text === '' || text === 'None') return undefined;
  const meant = text === MISPRINT.from ? MISPRINT.to : text;
  const [, from, , to = from] = /^\(?(\d{1,3})(,\s*(\d{1,3}))?\)?$/.exec(meant) ?? [];
  if (from === undefined || Number(from) > Number(to)) {
    throw new NddrError(`${where}: the age is "${text}", expected such as (25, 32), 35 or None`);
  }
  return [Number(from), Number(to)];
}
