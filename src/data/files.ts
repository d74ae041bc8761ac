import { join } from 'node:path';
import { glob } from 'tinyglobby';
import { NddrError } from '../errors.js';
import { suggest } from '../schema.js';
import type { Raster } from '../tasks/raster.js';
import { type Description, isTableLabel, rootOf } from './description.js';
import { type ImageLabels, readImageLabels } from './image-labels.js';

/** The files of one sample; paths are ready to open. */
export interface SampleFiles {
  /** What the wildcards of the patterns matched. */
  readonly id: string;
  readonly image: string;
  /** Label name to file; a label that the sample lacks is absent. */
  readonly labels: Readonly<Record<string, string>>;
  /** The same for labels of the image as a whole, which tables hold. */
  readonly imageLabels: Readonly<Record<string, Raster>>;
}

/** The samples of a split in the order of their ids, and everything that keeps them from being complete. */
export interface SplitFiles {
  readonly samples: readonly SampleFiles[];
  /** Every missing pair, double name and pattern without files, one line each. */
  readonly problems: readonly string[];
  /** Label files that no image of this split pairs with. */
  readonly unused: readonly string[];
  /** Where lines of tables stand that an image of this split pairs with, and those that none does. */
  readonly usedRows: readonly string[];
  readonly unusedRows: readonly string[];
}

/**
 * Lists the files of a split and pairs images with labels where the wildcards match the same text:
 * `image/*.jpg` and `label/*_L.png` pair `image/a.jpg` with `label/a_L.png`.
 * @throws NddrError for an unknown split or a pattern that cannot be read
 */
export async function listSplit(root: string, description: Description, split: string): Promise<SplitFiles> {
  const patterns = description.splits[split];
  if (!patterns) {
    const known = Object.keys(description.splits);
    throw new NddrError(`${root}: data set "${description.name}" has no split "${split}"; ${suggest(split, known)}`);
  }
  const problems: string[] = [];
  const images = await find(root, patterns.images, problems);
  if (images.size === 0)
    problems.push(`${join(root, patterns.images)}: no file matches, expected the images of ${split}`);
  const labels: Record<string, Map<string, string>> = {};
  const tables: Record<string, ImageLabels> = {};
  for (const [name, pattern] of Object.entries(patterns.labels)) {
    const what = description.labels[name];
    if (!isTableLabel(what)) labels[name] = await find(root, pattern, problems);
    else tables[name] = await readImageLabels(root, join(root, pattern), [name, what], images, problems);
  }
  const samples: SampleFiles[] = [];
  for (const id of [...images.keys()].sort()) {
    const image = images.get(id) as string;
    const found: Record<string, string> = {};
    for (const [name, files] of Object.entries(labels)) {
      const path = files.get(id);
      if (path !== undefined) found[name] = path;
      else if (!description.labels[name].optional) {
        const expected = join(root, patterns.labels[name]);
        problems.push(
          `${image}: no ${name} label for it, expected ${expected} with "${id}"; ` +
            `add the file, or set labels.${name}.optional to true`,
        );
      }
    }
    const known = Object.entries(tables).map(([name, { labels: one }]) => [name, one.get(id)] as const);
    const imageLabels = Object.fromEntries(known.filter((entry): entry is [string, Raster] => entry[1] !== undefined));
    samples.push({ id, image, labels: found, imageLabels });
  }
  const unused = Object.values(labels).flatMap((files) =>
    [...files].filter(([id]) => !images.has(id)).map(([, p]) => p),
  );
  const rows = (which: 'usedRows' | 'unusedRows') => Object.values(tables).flatMap((table) => table[which]);
  return { samples, problems, unused, usedRows: rows('usedRows'), unusedRows: rows('unusedRows') };
}

/** Labels that have files in a split; derived ones follow theirs. */
export function labelsOfSplit(description: Description, split: string): string[] {
  const { labels } = description.splits[split];
  return Object.keys(description.labels).filter((name) => rootOf(name, description.labels) in labels);
}

/** Wildcard text to path, for the files that match a pattern. */
async function find(root: string, pattern: string, problems: string[]): Promise<Map<string, string>> {
  const key = keyExpression(pattern);
  const found = new Map<string, string>();
  for (const path of (await glob(pattern, { cwd: root, onlyFiles: true, expandDirectories: false })).sort()) {
    const match = key.exec(path);
    if (!match) throw new NddrError(`pattern "${pattern}": only *, **, ? and {a,b} are known; it also matches ${path}`);
    const id = match.slice(1).filter(Boolean).join('/');
    const twin = found.get(id);
    if (twin) problems.push(`${join(root, path)}: pairs as "${id}", and so does ${twin}; keep one of them`);
    else found.set(id, join(root, path));
  }
  return found;
}

const tokens = /\*\*\/|\*\*?|\?|\{[^{}]*\}|[^*?{}]+|[{}]/g;
const literal = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');

/** A regular expression that captures what the wildcards of a pattern match; alternatives in braces are not captured. */
function keyExpression(pattern: string): RegExp {
  const parts = (pattern.replace(/^\.\//, '').match(tokens) ?? []).map((token) => {
    if (token === '**/') return '(?:(.*)/)?';
    if (token === '**') return '(.*)';
    if (token === '*') return '([^/]*)';
    if (token === '?') return '([^/])';
    if (token.startsWith('{') && token.length > 1) return `(?:${token.slice(1, -1).split(',').map(literal).join('|')})`;
    return literal(token);
  });
  return new RegExp(`^${parts.join('')}$`);
}
