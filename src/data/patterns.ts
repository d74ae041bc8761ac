/** Finds files by patterns of `*`, `**`, `?` and `{a,b}`; every other character stands for itself. */
import { readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, parse } from 'node:path';
import { escapePath, glob } from 'tinyglobby';
import { someOf } from '../words.js';

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
 * Lists the files below a folder that a pattern matches. The part of it that names existing folders, or a file, is
 * taken as it stands, whatever characters it has.
 */
export async function matchPattern(root: string, pattern: string): Promise<Matches> {
  const { base, rest } = literalPart(root, pattern);
  if (rest === '') {
    const files = kindOf(base) === 'file' ? new Map([['', base]]) : new Map<string, string>();
    return { files, shared: new Map(), otherCase: [] };
  }
  const options = { cwd: base, onlyFiles: true, expandDirectories: false, extglob: false, caseSensitiveMatch: false };
  const [exact, loose] = [new RegExp(`^${expressionOf(rest)}$`), new RegExp(`^${expressionOf(rest)}$`, 'i')];
  const byId = new Map<string, string[]>();
  const otherCase: string[] = [];
  for (const path of (await glob(globOf(rest), options)).sort()) {
    const match = exact.exec(path.normalize('NFC'));
    if (match) {
      const id = match.slice(1).filter(Boolean).join('/');
      byId.set(id, [...(byId.get(id) ?? []), join(base, path)]);
    } else if (loose.test(path.normalize('NFC'))) otherCase.push(join(base, path));
  }
  const files = new Map([...byId].map(([id, [first]]) => [id, first]));
  return { files, shared: new Map([...byId].filter(([, paths]) => paths.length > 1)), otherCase };
}

/** Where a pattern or a table lies: below the root, unless its path is absolute. */
export const pathBelow = (root: string, path: string): string => (isAbsolute(path) ? path : join(root, path));

/** Why a pattern without files matches none, and what to write instead. */
export function whyNone(root: string, pattern: string, { otherCase }: Matches): string {
  if (/^["'].*["']$/.test(pattern)) return 'the quotes around it are taken as a part of it; take them out';
  if (pattern.includes('\\')) return `a "\\" parts no folders in a pattern; write "${pattern.replaceAll('\\', '/')}"`;
  if (otherCase.length > 0) {
    const endings = [...new Set(otherCase.map((path) => parse(path).ext))];
    return `${someOf(otherCase)} would match but for capitals; write them as they are (${endings.join(', ')})`;
  }
  const { base, rest } = literalPart(root, pattern);
  if (rest === '') return `it is a folder; add what its files are called, such as "${pattern}/*.jpg"`;
  const folder = rest.includes('/') && !/[*?{]/.test(rest.split('/')[0]);
  const reason = folder ? `there is no "${rest.split('/')[0]}" in ${base}` : `nothing of that kind lies in ${base}`;
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
  if (!isForeign(name) || kindOf(folder) !== 'folder') return undefined;
  return readdirSync(folder).find((entry) => entry.normalize('NFC') === name.normalize('NFC'));
}

const isForeign = (text: string): boolean => /[\u0080-\uffff]/.test(text);

const TOKENS = /\*\*\/|\*\*|\*|\?|\{[^{}]*,[^{}]*\}|[^*?{}]+|[{}]/g;

/** Puts the pattern together again from what stands for each of its parts; alternatives are patterns themselves. */
function translate(pattern: string, wildcards: Readonly<Record<string, string>>, rules: Rules): string {
  return (pattern.match(TOKENS) ?? [])
    .map((token) => {
      if (Object.hasOwn(wildcards, token)) return wildcards[token];
      if (token.length === 1 || !token.startsWith('{')) return rules.literal(token);
      return rules.either(
        token
          .slice(1, -1)
          .split(',')
          .map((one) => translate(one, wildcards, rules)),
      );
    })
    .join('');
}

interface Rules {
  literal(text: string): string;
  either(alternatives: readonly string[]): string;
}

/** A regular expression that captures what the wildcards match. */
const expressionOf = (pattern: string): string =>
  translate(
    pattern,
    { '**/': '(?:(.*)/)?', '**': '(.*)', '*': '([^/]*)', '?': '([^/])' },
    {
      literal: (text) => text.normalize('NFC').replace(/[\\^$.|?*+()[\]{}]/g, '\\$&'),
      either: (alternatives) => `(?:${alternatives.join('|')})`,
    },
  );

/** A pattern for the library that matches at least the same files: accents are compared by the expression. */
const globOf = (pattern: string): string =>
  translate(
    pattern,
    { '**/': '**/', '**': '**', '*': '*', '?': '?' },
    {
      literal: (text) => (isForeign(text) ? text.replace(/[^/]+/g, '*') : escapePath(text)),
      either: (alternatives) => `{${alternatives.join(',')}}`,
    },
  );
