/** Finds files by patterns of `*`, `**`, `?` and `{a,b}`; every other character stands for itself. */
import { readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, parse } from 'node:path';
import { escapePath, glob } from 'tinyglobby';
import { someOf } from '../words.js';
import { expandBraces, expressionOf, firstMatch, hasAccents, idOf } from './pattern-text.js';

/** The files that a pattern matches. */
export interface Matches {
  /** What the wildcards matched, in Unicode's composed form, to the path; of several files of one text the first. */
  readonly files: ReadonlyMap<string, string>;
  /** Every text that several files share, with their paths. */
  readonly shared: ReadonlyMap<string, readonly string[]>;
  /** Files that would match if capitals and small letters were the same. */
  readonly otherCase: readonly string[];
}

/**
 * Lists the files below a folder that a pattern matches. The leading part of the pattern that names existing folders,
 * or a file, is used literally, whatever characters it has.
 */
export async function matchPattern(root: string, pattern: string): Promise<Matches> {
  const { base, rest } = literalPart(root, pattern);
  if (rest === '') {
    const files = kindOf(base) === 'file' ? new Map([['', base]]) : new Map<string, string>();
    return { files, shared: new Map(), otherCase: [] };
  }
  const alternatives = expandBraces(rest);
  const [exact, anyCase] = [false, true].map((nocase) => alternatives.map((one) => expressionOf(one, nocase)));
  const byId = new Map<string, string[]>();
  const otherCase: string[] = [];
  const paths = await glob(alternatives.map(listingGlob), { ...LISTING, cwd: base });
  for (const path of paths.sort()) {
    const composed = path.normalize('NFC');
    const match = firstMatch(exact, composed);
    if (match) {
      const id = idOf(match);
      byId.set(id, [...(byId.get(id) ?? []), join(base, path)]);
    } else if (firstMatch(anyCase, composed)) otherCase.push(join(base, path));
  }
  const files = new Map([...byId].map(([id, [first]]) => [id, first]));
  return { files, shared: new Map([...byId].filter(([, paths]) => paths.length > 1)), otherCase };
}

/** Where a pattern or a table lies: below the root, unless its path is absolute. */
export const pathBelow = (root: string, path: string): string => (isAbsolute(path) ? path : join(root, path));

/** Why a pattern without files matches none, and what to write instead. */
export function whyNone(root: string, pattern: string, { otherCase }: Matches): string {
  if (/^["'].*["']$/.test(pattern)) return 'the quotes around it are part of the pattern; remove them';
  if (pattern.includes('\\'))
    return `folders are separated by "/" in a pattern, not by "\\"; write "${pattern.replaceAll('\\', '/')}"`;
  if (otherCase.length > 0) {
    const endings = [...new Set(otherCase.map((path) => parse(path).ext))];
    return `${someOf(otherCase)} differ only in capital letters; write the pattern with the capitals of the files (${endings.join(', ')})`;
  }
  const { base, rest } = literalPart(root, pattern);
  if (rest === '') return `it is a folder; add what its files are called, such as "${pattern}/*.jpg"`;
  const folder = rest.includes('/') && !/[*?{]/.test(rest.split('/')[0]);
  const reason = folder ? `there is no "${rest.split('/')[0]}" in ${base}` : `no file in ${base} has such a name`;
  return /[[\]()!+@]/.test(rest) ? `${reason}; only *, **, ? and {a,b} are wildcards` : reason;
}

function kindOf(path: string): 'file' | 'folder' | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && (found.isDirectory() ? 'folder' : 'file');
}

/** Follows the segments of a pattern as long as they exist as they are written. */
function literalPart(root: string, pattern: string): { base: string; rest: string } {
  const start = isAbsolute(pattern) ? parse(pattern).root : '';
  const segments = pattern.slice(start.length).split('/');
  let base = start || root;
  for (const [i, segment] of segments.entries()) {
    if (segment === '' || segment === '.') continue;
    const entry = entryOf(base, segment);
    const kind = entry === undefined ? undefined : kindOf(join(base, entry));
    if (entry === undefined || kind === undefined || (kind === 'file' && i < segments.length - 1))
      return { base, rest: segments.slice(i).join('/') };
    base = join(base, entry);
  }
  return { base, rest: '' };
}

/** The entry of a folder with this name; accents may be written as characters of their own, as Macs do. */
function entryOf(folder: string, name: string): string | undefined {
  if (kindOf(join(folder, name))) return name;
  if (!hasAccents(name) || kindOf(folder) !== 'folder') return undefined;
  return readdirSync(folder).find((entry) => entry.normalize('NFC') === name.normalize('NFC'));
}

const LISTING = { onlyFiles: true, expandDirectories: false, extglob: false, caseSensitiveMatch: false };
/** The pattern for tinyglobby, which lists at least the same files: `*` for names with accents, composed or not. */
const listingGlob = (pattern: string): string =>
  pattern.replace(PARTS, (part) => {
    if (part === '?') return part;
    return hasAccents(part) ? part.replace(/[^/]+/g, '*') : escapePath(part).replaceAll('"', '\\"');
  });

/** A `?`, or text between wildcards. */
const PARTS = /\?|[^*?]+/g;
