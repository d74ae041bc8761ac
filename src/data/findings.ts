import { NddrError } from '../errors.js';
import { someOf } from '../words.js';

/** What listing a split finds, one line each. */
export interface Findings {
  /** What keeps the split from being read. */
  readonly problems: string[];
  /** What is guessed, skipped or missing by permission. */
  readonly notes: string[];
}

/**
 * What an act gives; undefined where it fails, once the message is written down.
 * @throws errors that are no NddrError: they are faults of the program
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
  /** Table or pattern where the labels are looked for. */
  readonly where: string;
  readonly name: string;
  /** Images without this label, of how many. */
  readonly missing: readonly string[];
  readonly all: number;
  readonly optional: boolean;
  /** Whether nothing else was wrong, which may be why all are missing. */
  readonly settled: boolean;
}

/** Writes down which images lack a label; to let it be missing is no way out where all of them do. */
export function tellMissing({ problems, notes, where, name, missing, all, optional, settled }: Missing): void {
  if (missing.length === 0) return;
  const found = `${where}: ${missing.length} of ${all} images have no ${name} label: ${someOf(missing)}`;
  if (optional) notes.push(found);
  else if (missing.length < all) problems.push(`${found}; add them, or set labels.${name}.optional to true`);
  else if (settled) problems.push(`${found}; expected one for every image`);
}
