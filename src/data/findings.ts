/** Collects problems instead of stopping at the first. */
import { NddrError } from '../errors.js';
import { someOf } from '../words.js';

/** What reading a data set finds, one line each. */
export interface Findings {
  /** What keeps the split from being read. */
  readonly problems: string[];
  /** What is guessed, skipped, or missing where the description lets it be. */
  readonly notes: string[];
}

/**
 * Runs `act`. Where it throws an NddrError, the message is added to the problems.
 * @returns what `act` returns; undefined where it failed
 * @throws other errors: they are faults of the program
 */
export async function attempt<Result>(
  problems: string[],
  act: () => Promise<Result> | Result,
): Promise<Result | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof NddrError)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

interface Missing extends Findings {
  /** The table or pattern that should give the labels. */
  readonly where: string;
  readonly name: string;
  /** The images without this label. */
  readonly missing: readonly string[];
  /** The number of all images. */
  readonly all: number;
  readonly optional: boolean;
  /** Whether nothing else was wrong, which could be the reason that all are missing. */
  readonly isOnlyFault: boolean;
}

/** Adds a line about the images that lack a label. Where all lack it, `optional` is no way out. */
export function reportMissing({ problems, notes, where, name, missing, all, optional, isOnlyFault }: Missing): void {
  if (missing.length === 0) return;
  const found = `${where}: ${missing.length} of ${all} images have no ${name} label: ${someOf(missing)}`;
  if (optional) notes.push(found);
  else if (missing.length < all) problems.push(`${found}; add them, or set labels.${name}.optional to true`);
  else if (isOnlyFault) problems.push(`${found}; expected one for every image`);
}
