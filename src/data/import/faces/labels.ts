/** Labels of faces that the data sets of ages share. */
import { posix } from 'node:path';
import type { DescriptionInput } from '../../description.js';
import type { Cells } from '../kind.js';

export const GENDERS = ['female', 'male'] as const;
export type Gender = (typeof GENDERS)[number];

/** Age in years, and gender. */
export const AGE_AND_GENDER = {
  age: { kind: 'regression', unit: 'years' },
  gender: { kind: 'classification', classes: [...GENDERS] },
} satisfies DescriptionInput['labels'];

/** The cells of a face; what is unknown is left out. */
export const faceCells = (age: string | number | undefined, gender: Gender | undefined): Cells => ({
  ...(age !== undefined && { age }),
  ...(gender !== undefined && { gender }),
});

/** The name of a file without its folders and its ending. */
export const stemOf = (path: string): string => posix.basename(path, posix.extname(path));
