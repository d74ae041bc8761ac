import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NddrError } from '../errors.js';
import type { Image, Raster } from '../tasks/raster.js';
import { boundariesOf } from './boundaries.js';
import type { Dataset, LabelInfo, Sample } from './dataset.js';
import {
  type Description,
  type DescriptionInput,
  derivedFrom,
  type LabelDescription,
  parseDescription,
  readDescription,
} from './description.js';
import { labelsOfSplit, listSplit, type SampleFiles } from './files.js';
import { readImage } from './image.js';
import { readLabel } from './labels.js';

/** Pixels across a derived boundary where the description says nothing: one on each side of the border. */
const DEFAULT_THICKNESS = 2;
const SHOWN_PROBLEMS = 5;

export interface FolderOptions {
  readonly root: string;
  /** The description, or the path of its file; `root/dataset.json` where left out. */
  readonly description?: string | DescriptionInput;
}

/** The description of a folder, checked. @throws NddrError when it is missing or wrong */
export async function describeFolder({ root, description }: FolderOptions): Promise<Description> {
  if (typeof description === 'object') return parseDescription(description, 'description of the data set');
  if (description !== undefined) return readDescription(description);
  const path = join(root, 'dataset.json');
  if (!existsSync(path)) {
    throw new NddrError(`${path}: there is no description of the data set; write one with "nddr data init ${root}"`);
  }
  return readDescription(path);
}

/**
 * Opens a split of a folder of images and labels. Files are listed now and read one by one later.
 * @throws NddrError when the description is wrong, a split unknown or empty, or an image lacks a label
 */
export async function openFolder({ split, ...folder }: FolderOptions & { readonly split: string }): Promise<Dataset> {
  const description = await describeFolder(folder);
  const { samples, problems } = await listSplit(folder.root, description, split);
  if (problems.length > 0) {
    const more = problems.length > SHOWN_PROBLEMS ? [`... and ${problems.length - SHOWN_PROBLEMS} more`] : [];
    throw new NddrError([...problems.slice(0, SHOWN_PROBLEMS), ...more].join('\n'));
  }
  const names = labelsOfSplit(description, split);
  return {
    name: description.name,
    length: samples.length,
    labels: Object.fromEntries(names.map((name) => [name, labelInfo(description.labels[name])])),
    read: (index) => readSample(samples[index], description),
  };
}

/** What a data set tells of a label. */
export const labelInfo = (what: LabelDescription): LabelInfo =>
  what.kind === 'segmentation'
    ? { kind: what.kind, classes: what.classes, colours: what.colours }
    : { kind: what.kind };

/** Reads a sample; its labels have the size of its image. @throws NddrError naming the file that does not fit */
async function readSample(files: SampleFiles, description: Description): Promise<Sample> {
  const labels: Record<string, Raster> = {};
  const [image] = await Promise.all([
    readImage(files.image),
    ...Object.entries(files.labels).map(async ([name, path]) => {
      labels[name] = await readLabel(path, description.labels[name]);
    }),
  ]);
  for (const [name, path] of Object.entries(files.labels)) expectSize(path, labels[name], files.image, image);
  return { id: files.id, image, labels: withDerived(labels, description) };
}

/** @throws NddrError when a label has another size than its image */
export function expectSize(path: string, label: Raster, imagePath: string, image: Image): void {
  if (label.width === image.width && label.height === image.height) return;
  throw new NddrError(
    `${path}: is ${label.width}x${label.height}, expected ${image.width}x${image.height} like ${imagePath}; ` +
      'export the label at the size of its image',
  );
}

/** Adds the labels that are derived from others. */
export function withDerived(labels: Record<string, Raster>, description: Description): Record<string, Raster> {
  for (const [name, what] of Object.entries(description.labels)) {
    const source = labels[derivedFrom(what) ?? ''];
    if (source && what.kind === 'boundaries') labels[name] = boundariesOf(source, what.thickness ?? DEFAULT_THICKNESS);
  }
  return labels;
}
