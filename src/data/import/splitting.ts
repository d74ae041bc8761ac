/** Which split a sample belongs to: by lists of names, or at random. */
import { posix } from 'node:path';
import { z } from 'zod';
import { NddrError } from '../../errors.js';
import { decodeText } from '../../json.js';
import { Random } from '../../random.js';
import type { Skipped } from './kind.js';
import { readFile, type SourceFile, type Sources, shownPath } from './source.js';

/** Settings of the kinds whose archives have no official splits. */
export const splitSettings = {
  shares: z
    .record(z.string(), z.number().positive().max(1))
    .default({ train: 0.8, val: 0.2 })
    .describe('Split to its share of the images, drawn at random, where no lists are given; together at most 1'),
  seed: z.int().default(1).describe('Of the random splits'),
  lists: z
    .record(z.string(), z.string())
    .optional()
    .describe('Split to the name of the list of its images, among the sources: `{"train":"train.txt"}`'),
};

export interface SplitChoice {
  readonly shares: Readonly<Record<string, number>>;
  readonly seed: number;
  readonly lists?: Readonly<Record<string, string>> | undefined;
}

/** A name without its folders and its ending. */
export const stemOf = (path: string): string => posix.basename(path).replace(/\.[a-z0-9]+$/i, '');

/**
 * The lines of a list, without empty ones and comments, split at spaces. The names in it are only compared with those
 * of the sources, never opened: a list may name files by any path.
 */
export async function linesOf(file: SourceFile): Promise<string[][]> {
  const text = decodeText(await readFile(file), shownPath(file));
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(/[\s,;]+/));
}

/** The file of the sources that a list is, by its name or the end of its path. @throws NddrError where there is none */
export function listNamed(sources: Sources, name: string): SourceFile {
  const found = sources.find(new RegExp(`(^|/)${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`));
  if (found) return found;
  throw new NddrError(`${sources.shown}: there is no list "${name}" among the files; name it as a source as well`);
}

/**
 * Divides names between splits.
 * @param all the names that there are: of the images, without folder and ending
 * @returns split to its names; and, as faults, the names in lists that there are not
 * @throws NddrError where the shares are more than a whole, or a list names nothing that there is
 */
export async function splitUp(
  sources: Sources,
  all: readonly string[],
  { shares, seed, lists }: SplitChoice,
): Promise<{ readonly splits: Map<string, string[]>; readonly skipped: readonly Skipped[] }> {
  if (lists) return byLists(all, await readLists(sources, lists));
  return { splits: atRandom(all, shares, seed), skipped: [] };
}

async function readLists(sources: Sources, lists: Readonly<Record<string, string>>): Promise<Map<string, string[]>> {
  const read = new Map<string, string[]>();
  for (const [split, name] of Object.entries(lists)) {
    read.set(
      split,
      (await linesOf(listNamed(sources, name))).map(([first]) => stemOf(first)),
    );
  }
  return read;
}

/** Divides names by lists of names. A name that several lists, or one list twice, name is refused. */
export function byLists(
  all: readonly string[],
  lists: ReadonlyMap<string, readonly string[]>,
): { readonly splits: Map<string, string[]>; readonly skipped: readonly Skipped[] } {
  const known = new Set(all);
  const taken = new Map<string, string>();
  const splits = new Map<string, string[]>();
  const missing: string[] = [];
  for (const [split, names] of lists) {
    const own: string[] = [];
    for (const name of names) {
      const before = taken.get(name);
      if (before !== undefined)
        throw new NddrError(
          `the list of "${split}" names "${name}", which "${before}" has already; remove one of the lines`,
        );
      taken.set(name, split);
      if (known.has(name)) own.push(name);
      else missing.push(`${split}/${name}`);
    }
    splits.set(split, own);
  }
  const unlisted = all.filter((name) => !taken.has(name));
  return {
    splits,
    skipped: [
      { why: 'listed, but there is no such image', names: missing, isFault: true },
      { why: 'images that no list names', names: unlisted, isFault: false },
    ],
  };
}

/** Divides names at random by shares: the same for the same names and seed. */
export function atRandom(
  all: readonly string[],
  shares: Readonly<Record<string, number>>,
  seed: number,
): Map<string, string[]> {
  const total = Object.values(shares).reduce((sum, share) => sum + share, 0);
  if (total > 1 + 1e-9) throw new NddrError(`shares: are ${total} together, expected at most 1`);
  const order = new Random(seed).fork('splits').shuffle([...all].sort());
  const splits = new Map<string, string[]>();
  let from = 0;
  let sum = 0;
  for (const [split, share] of Object.entries(shares)) {
    sum += share;
    const to = Math.round(sum * order.length);
    splits.set(split, order.slice(from, to).sort());
    from = to;
  }
  return splits;
}
