/** Lists the image and label files of a split, and pairs them. */
import { relative } from 'node:path';
import { NddrError } from '../errors.js';
import { expectFolder } from '../files.js';
import { readUserText } from '../json.js';
import { suggest } from '../schema.js';
import { several, someOf } from '../words.js';
import { type Description, isTableLabel } from './description.js';
import { attempt, type Findings, reportMissing } from './findings.js';
import type { SampleFiles } from './folder-samples.js';
import { type ImageLabels, readImageLabels } from './image-labels.js';
import { matchPattern, pathBelow, whyNone } from './patterns.js';
import { idsInList, shareOf } from './split-parts.js';

/** The samples of a split in the order of their ids, and the problems found in listing them. */
export interface SplitFiles {
  readonly samples: readonly SampleFiles[];
  /** Every missing pair, double name and pattern without files, one line each. */
  readonly problems: readonly string[];
  /** What is guessed, skipped, or missing where the description lets it be, one line each. */
  readonly notes: readonly string[];
  /** Label files that no image of this split pairs with. */
  readonly unused: readonly string[];
  /** Lines of tables that an image of this split pairs with, such as `ages.csv, line 3`; and those that none does. */
  readonly usedRows: readonly string[];
  readonly unusedRows: readonly string[];
}

/**
 * Lists the files of a split and pairs images with labels where the wildcards match the same text:
 * `image/*.jpg` and `label/*_L.png` pair `image/a.jpg` with `label/a_L.png`.
 * @throws NddrError for an unknown split, and where there is no such folder
 */
export async function listSplit(root: string, description: Description, split: string): Promise<SplitFiles> {
  const patterns = description.splits[split];
  if (!patterns) {
    const known = Object.keys(description.splits);
    throw new NddrError(`${root}: data set "${description.name}" has no split "${split}"; ${suggest(split, known)}`);
  }
  expectFolder(root);
  const found: Findings = { problems: [], notes: [] };
  const matched = await find(root, patterns.images, `the images of ${split}`, found);
  const images = await imagesOfPart(root, patterns, matched, found);
  const maps: Record<string, ReadonlyMap<string, string>> = {};
  const tables: Record<string, ImageLabels> = {};
  for (const [name, pattern] of Object.entries(patterns.labels)) {
    const what = description.labels[name];
    if (isTableLabel(what)) {
      tables[name] = await readImageLabels(root, pathBelow(root, pattern), [name, what], images, found);
    } else {
      maps[name] = await find(root, pattern, `the ${name} labels of ${split}`, found);
      reportUnpaired(pathBelow(root, pattern), [name, what.optional], images, maps[name], found);
    }
  }
  return {
    samples: samplesOf(images, maps, tables),
    problems: [...new Set(found.problems)],
    notes: [...new Set(found.notes)],
    unused: Object.values(maps).flatMap((files) =>
      [...files].filter(([id]) => !matched.has(id)).map(([, path]) => path),
    ),
    usedRows: Object.values(tables).flatMap(({ usedRows }) => usedRows),
    unusedRows: Object.values(tables).flatMap(({ unusedRows }) => unusedRows),
  };
}

/** Those of the images that the split has: all, or those of its list or share. */
async function imagesOfPart(
  root: string,
  { list, share, seed = 0 }: Description['splits'][string],
  images: ReadonlyMap<string, string>,
  { problems }: Findings,
): Promise<ReadonlyMap<string, string>> {
  const only = (ids: readonly string[]) => new Map(ids.map((id) => [id, images.get(id) as string]));
  if (share) return only(shareOf([...images.keys()], share, seed));
  if (list === undefined) return images;
  const path = pathBelow(root, list);
  const text = await attempt(problems, () => readUserText(path));
  if (text === undefined) return images;
  const paths = new Map([...images].map(([id, image]) => [id, relative(root, image)]));
  const { ids, missing, faults } = idsInList(text, paths);
  problems.push(...faults.map((fault) => `${path}, ${fault}`));
  if (missing.length > 0) {
    const [image] = paths.values();
    const such = image === undefined ? '' : `; the images are such as ${image}`;
    problems.push(`${path}: no image of the split for ${several(missing.length, 'line')}: ${someOf(missing)}${such}`);
  }
  return only(ids);
}

/** Every image with the labels of its id, in the order of the ids. */
function samplesOf(
  images: ReadonlyMap<string, string>,
  maps: Readonly<Record<string, ReadonlyMap<string, string>>>,
  tables: Readonly<Record<string, ImageLabels>>,
): SampleFiles[] {
  const rasters = Object.fromEntries(Object.entries(tables).map(([name, { labels }]) => [name, labels]));
  return [...images].sort().map(([id, image]) => ({
    id,
    image,
    labels: entriesOf(id, maps),
    imageLabels: entriesOf(id, rasters),
  }));
}

/** The value of each label for an id, by the name of the label; labels without one are absent. */
function entriesOf<Value>(
  id: string,
  byLabel: Readonly<Record<string, ReadonlyMap<string, Value>>>,
): Record<string, Value> {
  const entries = Object.entries(byLabel).map(([name, values]) => [name, values.get(id)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, Value] => entry[1] !== undefined));
}

/**
 * Adds a problem or note about images without a label file; where all lack one, with the names that should be equal.
 */
function reportUnpaired(
  where: string,
  [name, optional]: readonly [string, boolean],
  images: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, string>,
  { problems, notes }: Findings,
): void {
  if (files.size === 0) return;
  const missing = [...images].filter(([id]) => !files.has(id));
  if (missing.length < images.size || images.size === 0) {
    const named = missing.map(([id, image]) => `${image} (looked for "${id}")`);
    reportMissing({ problems, notes, where, name, missing: named, all: images.size, optional, isOnlyFault: true });
    return;
  }
  const [[imageId, image]] = images;
  const [[id, path]] = files;
  problems.push(
    `${where}: none of its ${files.size} files pairs with an image; what the wildcards match must be the same, but ` +
      `it is "${id}" in ${path}, and "${imageId}" in ${image}`,
  );
}

/**
 * The files that a pattern matches: what its wildcards matched, to the path.
 * @param what the files are, for messages
 */
async function find(
  root: string,
  pattern: string,
  what: string,
  { problems, notes }: Findings,
): Promise<ReadonlyMap<string, string>> {
  const matches = await matchPattern(root, pattern);
  const { files, shared, otherCase } = matches;
  const at = pathBelow(root, pattern);
  if (files.size === 0) problems.push(`${at}: no file matches, expected ${what}; ${whyNone(root, pattern, matches)}`);
  else if (otherCase.length > 0) {
    notes.push(
      `${at}: ${otherCase.length} files differ from the pattern only in capital letters and are left out: ${someOf(otherCase)}`,
    );
  }
  if (shared.size > 0) {
    const named = [...shared].map(([id, paths]) => `"${id}" (${someOf(paths)})`);
    problems.push(
      `${at}: ${shared.size} names are shared by several files: ${someOf(named)}; keep one file of each name, or let ` +
        'the wildcards match the part of the path in which they differ',
    );
  }
  return files;
}
