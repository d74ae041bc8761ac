/** A folder of images and labels as a data set. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NddrError } from '../errors.js';
import { expectFolder } from '../files.js';
import { readUserJson } from '../json.js';
import type { PackableDataset } from './dataset.js';
import { type Description, parseDescription } from './description.js';
import { listSplit } from './files.js';
import { refuse, samplesOf } from './folder-samples.js';
import { readPhoto } from './image.js';
import { expectMapWithin } from './map-size.js';
import { readPacked } from './read-label.js';
import type { FolderOptions } from './sources.js';

/** The description of a folder, checked. @throws NddrError when it is missing or wrong */
export async function describeFolder({ root, description }: FolderOptions): Promise<Description> {
  if (typeof description === 'object') return parseDescription(description, 'description of the data set');
  if (description !== undefined) return readDescription(description);
  const path = join(root, 'dataset.json');
  if (!existsSync(path)) {
    expectFolder(root);
    throw new NddrError(
      `${path}: there is no description of the data set; write one with "npx nddr data init ${root}"`,
    );
  }
  return readDescription(path);
}

/** Reads and checks a description file. @throws NddrError naming the file and what is wrong with it */
export async function readDescription(path: string): Promise<Description> {
  return parseDescription(await readUserJson(path), path);
}

/**
 * Opens a split of a folder of images and labels. Files are listed now and read one by one later.
 * @throws NddrError when the description is wrong, a split unknown or empty, or an image lacks a label
 */
export async function openFolder({
  split,
  ...folder
}: FolderOptions & { readonly split: string }): Promise<PackableDataset> {
  const description = await describeFolder(folder);
  const { samples, problems } = await listSplit(folder.root, description, split);
  refuse(problems);
  return samplesOf(description, split, samples, {
    photo: readPhoto,
    async label(path, what, limits) {
      await expectMapWithin(path, limits);
      return readPacked(path, what);
    },
  });
}
