import * as z from 'zod';
import { NddrError } from '../errors.js';
import { parseStrict, suggest } from '../schema.js';
import { derivedFrom, label } from './label-kinds.js';
import { labelProblems } from './label-problems.js';
import { MAX_MEGAPIXELS } from './limits.js';

const split = z.strictObject({
  /** Pattern of the image files, relative to the root: `*`, `**`, `?` and `{a,b}` are known. */
  images: z.string().min(1),
  /**
   * Label name to the pattern of its files, which pair with images where the wildcards match the same text; or to the
   * table, a .csv or .json file, with the labels of whole images.
   */
  labels: z.record(z.string(), z.string().min(1)).default({}),
  /** A text file, relative to the root, that names the images of the split among those that the pattern matches. */
  list: z.string().min(1).optional(),
  /** The part of the images in random order: `[0, 0.8]` are the first four fifths, `[0.8, 1]` the rest. */
  share: z
    .tuple([z.number().min(0).max(1), z.number().min(0).max(1)])
    .readonly()
    .optional(),
  /** Of the random order. */
  seed: z.int().optional(),
});

const description = z.strictObject({
  name: z.string().min(1),
  splits: z.record(z.string(), split),
  labels: z.record(z.string(), label),
  /** Larger images and label maps are refused, by the size in their headers. */
  maxMegapixels: z.number().positive().default(MAX_MEGAPIXELS),
});

export type { ClassMapLabel, LabelDescription, LabelOf, MapLabel, TableLabel } from './label-kinds.js';
export {
  derivedFrom,
  isClassMap,
  isTableKind,
  isTableLabel,
  listOf,
  oneOrList,
  USUAL_THICKNESS,
  usualThreshold,
} from './label-kinds.js';

/** A folder of images and labels, as `dataset.json` states it; see the schema above for every key. */
export type Description = z.output<typeof description>;
/** A description as it may be written: keys with defaults may be left out. */
export type DescriptionInput = z.input<typeof description>;

/**
 * Checks a description and fills in its defaults. `where` stands for its file in errors.
 * @throws NddrError naming every wrong key, with the nearest known one
 */
export function parseDescription(value: unknown, where: string): Description {
  const parsed = parseStrict(description, value, where);
  const problems = crossCheck(parsed);
  if (problems.length > 0) throw new NddrError(`${where}: ${problems.join('\n  ')}`);
  return parsed;
}

/**
 * Problems that lie between keys: names that refer to nothing, lists of different lengths, settings that exclude each
 * other.
 */
function crossCheck({ splits, labels }: Description): string[] {
  const problems: string[] = [];
  const names = Object.keys(labels);
  if (Object.keys(splits).length === 0) problems.push('splits: names no split; expected one such as "train"');
  for (const [name, one] of Object.entries(splits)) {
    problems.push(...partProblems(one).map((text) => `splits.${name}.${text}`));
    for (const key of Object.keys(one.labels)) {
      const at = `splits.${name}.labels.${key}: `;
      if (!(key in labels)) problems.push(`${at}"labels" describes no such label; ${suggest(key, names)}`);
      else if (derivedFrom(labels[key])) problems.push(`${at}the label is derived and has no files; remove the line`);
    }
    for (const [key, what] of Object.entries(labels)) {
      if (!(key in one.labels) && !derivedFrom(what) && !what.optional) {
        problems.push(`splits.${name}.labels: no pattern for "${key}"; add one, or set labels.${key}.optional to true`);
      }
    }
  }
  for (const name of names) problems.push(...labelProblems(name, labels).map((text) => `labels.${name}.${text}`));
  return problems;
}

/** Problems of the keys that pick some of a split's images. */
function partProblems({ list, share, seed }: Description['splits'][string]): string[] {
  const problems: string[] = [];
  if (list !== undefined && share) problems.push('share: excludes "list"; give one of them');
  if (share && share[0] >= share[1])
    problems.push(`share: [${share.join(', ')}] holds no image; expected [0, 0.8] or the like`);
  if (seed !== undefined && !share) problems.push('seed: has no effect without "share"; remove it');
  return problems;
}

/** The split that is trained on: `train`, or else the first one. */
export const trainingSplit = (splits: readonly string[]): string =>
  splits.includes('train') ? 'train' : (splits[0] ?? 'train');

/**
 * The label with files from which a label is derived, directly or through others; the label itself where it has files.
 */
export function rootOf(name: string, labels: Description['labels']): string {
  const from = derivedFrom(labels[name]);
  return from === undefined ? name : rootOf(from, labels);
}
