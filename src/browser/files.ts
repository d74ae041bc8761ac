/** Files that the user gave to a page, as a described folder: images, label maps, lists. */
import type { PackableDataset } from '../data/dataset.js';
import { type Description, type DescriptionInput, isTableLabel, parseDescription } from '../data/description.js';
import { refuse, type SampleFiles, samplesOf } from '../data/folder-samples.js';
import { patternMatcher } from '../data/pattern-text.js';
import type { FolderConfig, Source } from '../data/sources.js';
import { idsInList, shareOf } from '../data/split-parts.js';
import { NddrError } from '../errors.js';
import { several, someOf } from '../words.js';
import { readLabel } from './label.js';
import { readPhoto } from './photo.js';

/** Files by their path below the folder, with "/". */
export type PageFiles = ReadonlyMap<string, Blob>;

/** Data sets of files. */
export const filesSource = (files: PageFiles): Source<FolderConfig> => ({
  splits: async (config) => Object.keys((await describe(files, config)).splits),
  open: async (config, split) => open(files, await describe(files, config), split),
});

/** The description in the configuration, or in a `dataset.json` among the files. */
async function describe(files: PageFiles, { root, description }: FolderConfig): Promise<Description> {
  if (files.size === 0)
    throw new NddrError(`data.root: the images of "${root}" are not here. Give their files: drop the folder again.`);
  if (typeof description === 'object') return parseDescription(description, 'data.description');
  const path = description ?? 'dataset.json';
  const file = files.get(path);
  if (!file)
    throw new NddrError(
      `data.description: there is no ${path} among the files. Add it, or write the description here.`,
    );
  let value: unknown;
  try {
    value = JSON.parse(await file.text());
  } catch (cause) {
    throw new NddrError(`${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
  return parseDescription(value as DescriptionInput, path);
}

async function open(files: PageFiles, description: Description, split: string): Promise<PackableDataset> {
  return samplesOf(description, split, await list(files, description, split), {
    photo: (path, limits) => readPhoto(files.get(path) as Blob, path, limits),
    label: (path, what, limits) => readLabel(files.get(path) as Blob, path, what, limits),
  });
}

/** Pairs images with label maps where the wildcards match the same text. @throws NddrError with what is missing */
async function list(files: PageFiles, { splits, labels }: Description, split: string): Promise<SampleFiles[]> {
  const { images: pattern, labels: patterns, list, share, seed = 0 } = splits[split];
  const problems: string[] = [];
  const matched = match(files, pattern, `the images of ${split}`, problems);
  const ids = share ? shareOf([...matched.keys()], share, seed) : await listed(files, list, matched, problems);
  const maps = new Map<string, ReadonlyMap<string, string>>();
  for (const [name, one] of Object.entries(patterns)) {
    if (isTableLabel(labels[name])) {
      problems.push(`splits.${split}.labels.${name}: tables are not read in a page; leave the label out`);
      continue;
    }
    const found = match(files, one, `the ${name} labels of ${split}`, problems);
    maps.set(name, found);
    const missing = labels[name].optional || found.size === 0 ? [] : ids.filter((id) => !found.has(id));
    if (missing.length > 0)
      problems.push(
        `${one}: no ${name} label for ${several(missing.length, 'image')}: ${someOf(missing)}; what the wildcards match ` +
          `must be the same. Set labels.${name}.optional to true where images may lack it`,
      );
  }
  refuse(problems);
  return [...ids].sort().map((id) => ({
    id,
    image: matched.get(id) as string,
    labels: Object.fromEntries([...maps].flatMap(([name, found]) => pathOf(name, found.get(id)))),
    imageLabels: {},
  }));
}

const pathOf = (name: string, path: string | undefined): [string, string][] =>
  path === undefined ? [] : [[name, path]];

/** The files that a pattern matches: what its wildcards matched, to the path. */
function match(files: PageFiles, pattern: string, what: string, problems: string[]): ReadonlyMap<string, string> {
  const idOf = patternMatcher(pattern);
  const found = new Map<string, string>();
  const shared: string[] = [];
  for (const path of [...files.keys()].sort()) {
    const id = idOf(path);
    if (id === undefined) continue;
    if (found.has(id)) shared.push(path);
    else found.set(id, path);
  }
  if (found.size === 0)
    problems.push(
      `${pattern}: matches none of ${several(files.size, 'file')} (${someOf([...files.keys()])}), expected ${what}`,
    );
  if (shared.length > 0)
    problems.push(`${pattern}: other files match the same text: ${someOf(shared)}; keep one file of each name`);
  return found;
}

/** The ids of all images, or of those in the list of the split. */
async function listed(
  files: PageFiles,
  path: string | undefined,
  images: ReadonlyMap<string, string>,
  problems: string[],
): Promise<readonly string[]> {
  if (path === undefined) return [...images.keys()];
  const file = files.get(path);
  if (!file) {
    problems.push(`${path}: this list is not among the files`);
    return [];
  }
  const { ids, missing, faults } = idsInList(await file.text(), images);
  problems.push(...faults.map((fault) => `${path}, ${fault}`));
  if (missing.length > 0) problems.push(`${path}: no image for ${several(missing.length, 'line')}: ${someOf(missing)}`);
  return ids;
}
