/** The images of a split where it has only some of those that its pattern matches: by a list, or a random share. */
import { Random } from '../random.js';
import { someOf } from '../words.js';
import { comparable, fileOf, namesOf } from './image-names.js';

/** What a list picks. */
export interface Listed {
  /** Ids in the order of the list. */
  readonly ids: readonly string[];
  /** Lines that name no image. */
  readonly missing: readonly string[];
  /** Lines that cannot be meant, each with the reason. */
  readonly faults: readonly string[];
}

/**
 * The images that a list names: one a line, by its path, id or file name, with or without the extension; what follows
 * after a space is not read, nor are empty lines and those that begin with "#". Paths are only compared, never opened;
 * where no image has the path, the name of the file alone decides.
 * @param images id to path below the root
 */
export function idsInList(text: string, images: ReadonlyMap<string, string>): Listed {
  const byName = new Map<string, Set<string>>();
  for (const [id, path] of images) {
    for (const name of namesOf(id, path)) {
      const ids = byName.get(name);
      if (ids) ids.add(id);
      else byName.set(name, new Set([id]));
    }
  }
  const lineOf = new Map<string, number>();
  const missing: string[] = [];
  const faults: string[] = [];
  for (const [at, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const found = callsOf(line).flatMap((call) => byName.get(call) ?? [])[0];
    const [id, ...others] = found ?? [];
    const before = id === undefined ? undefined : lineOf.get(id);
    if (id === undefined) missing.push(`"${line}" (line ${at + 1})`);
    else if (others.length > 0)
      faults.push(`line ${at + 1}: "${line}" names ${someOf([id, ...others])}; write the path`);
    else if (before !== undefined)
      faults.push(`line ${at + 1}: "${line}" was named in line ${before}; remove one of them`);
    else lineOf.set(id, at + 1);
  }
  return { ids: [...lineOf.keys()], missing, faults };
}

/** The names that a line may mean: all of it, its first word, and the file's name in each, without the extension too. */
function callsOf(line: string): string[] {
  const paths = [line, line.split(/[\s,;]/)[0]].map((text) => comparable(text).replace(/^\/+/, ''));
  const bare = (path: string) => path.replace(/\.[a-z0-9]+$/i, '');
  return [
    ...paths,
    ...paths.map(bare),
    ...paths.map((path) => fileOf(path)),
    ...paths.map((path) => bare(fileOf(path))),
  ];
}

/**
 * A part of the ids in random order: those from the share `from` to the share `to`. Parts that meet, such as 0 to 0.8
 * and 0.8 to 1, have no id in common, and together they are all. The same for the same ids and seed.
 */
export function shareOf(ids: readonly string[], [from, to]: readonly [number, number], seed: number): string[] {
  const order = new Random(seed).fork('splits').shuffle([...ids].sort());
  return order.slice(Math.round(from * order.length), Math.round(to * order.length)).sort();
}
