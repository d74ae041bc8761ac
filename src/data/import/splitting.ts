/** Which split a sample belongs to: by lists of names, or at random. */
import * as z from 'zod';
import { NddrError } from '../../errors.js';
import { decodeText } from '../../json.js';
import { someOf } from '../../words.js';
import { idsInList, shareOf } from '../split-parts.js';
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

/** The file of the sources that a list is, by its name or the end of its path. @throws NddrError where there is none */
export function listNamed(sources: Sources, name: string): SourceFile {
  const found = sources.find(new RegExp(`(^|/)${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`));
  if (found) return found;
  throw new NddrError(`${sources.shown}: there is no list "${name}" among the files; name it as a source as well`);
}

export interface Division {
  readonly splits: ReadonlyMap<string, readonly string[]>;
  /** Lines of lists that name no image, as faults; and images that no list names. */
  readonly skipped: readonly Skipped[];
}

/**
 * Divides images between splits: by the lists that the settings name, else by those that the data set brings, else at
 * random.
 * @param images key to file
 * @param official lists of the data set itself, by split
 * @throws NddrError where the shares are more than a whole, or lists do not fit
 */
export async function splitUp(
  sources: Sources,
  images: ReadonlyMap<string, SourceFile>,
  { shares, seed, lists }: SplitChoice,
  official: ReadonlyMap<string, SourceFile> = new Map(),
): Promise<Division> {
  const names = new Map([...images].map(([key, { name }]) => [key, name]));
  const given = new Map(Object.entries(lists ?? {}).map(([split, name]) => [split, listNamed(sources, name)]));
  if (given.size > 0) return readLists(sources, names, given);
  if (official.size > 0) return readLists(sources, names, official);
  return { splits: atRandom([...names.keys()], shares, seed), skipped: [] };
}

/** Key to split. */
export const splitByKey = ({ splits }: Division): Map<string, string> =>
  new Map([...splits].flatMap(([split, keys]) => keys.map((key) => [key, split] as const)));

async function readLists(
  sources: Sources,
  all: ReadonlyMap<string, string>,
  lists: ReadonlyMap<string, SourceFile>,
): Promise<Division> {
  const splits = new Map<string, readonly string[]>();
  const skipped: Skipped[] = [];
  const taken = new Map<string, string>();
  for (const [split, file] of lists) {
    const path = shownPath(file);
    const { ids, missing, faults } = idsInList(decodeText(await readFile(file), path), all);
    if (faults.length > 0) throw new NddrError(`${path}, ${faults[0]}`);
    for (const id of ids) {
      const before = taken.get(id);
      if (before !== undefined)
        throw new NddrError(
          `${path}: names "${id}", which is in the list of "${before}" as well; remove one of the lines`,
        );
      taken.set(id, split);
    }
    splits.set(split, ids);
    skipped.push({ why: `lines of ${path} that name no labelled image`, names: missing, isFault: true });
  }
  if (taken.size === 0) {
    const named = skipped.flatMap(({ names }) => names);
    throw new NddrError(
      `${sources.shown}: the lists name none of the ${all.size} labelled images, but ${someOf(named)}`,
    );
  }
  const unlisted = [...all.keys()].filter((id) => !taken.has(id));
  return { splits, skipped: [...skipped, { why: 'images that no list names', names: unlisted, isFault: false }] };
}

/** Divides names at random by shares: the same for the same names and seed. @throws NddrError for shares above 1 */
export function atRandom(
  all: readonly string[],
  shares: Readonly<Record<string, number>>,
  seed: number,
): Map<string, readonly string[]> {
  const total = Object.values(shares).reduce((sum, share) => sum + share, 0);
  if (total > 1 + 1e-9) throw new NddrError(`shares: are ${total} together, expected at most 1`);
  let from = 0;
  return new Map(
    Object.entries(shares).map(([split, share]) => {
      const to = from + share;
      const own = shareOf(all, [from, to], seed);
      from = to;
      return [split, own];
    }),
  );
}
