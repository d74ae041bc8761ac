/** A folder of images and labels as a data set. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NddrError } from '../errors.js';
import { expectFolder } from '../files.js';
import type { LabelInfo, PackableDataset, PackedDataset, Sample } from './dataset.js';
import { withDerived } from './derive.js';
import {
  type Description,
  derivedFrom,
  type LabelDescription,
  type MapLabel,
  parseDescription,
  readDescription,
  rootOf,
} from './description.js';
import { labelsOfSplit, listSplit, type SampleFiles } from './files.js';
import { fitted } from './fit.js';
import { readPhoto } from './image.js';
import { momentsOf } from './image-labels.js';
import { readPacked } from './labels.js';
import { expectMapWithin, limitsOf } from './limits.js';
import { type PackedLabel, unpack } from './packed.js';
import type { FolderOptions } from './sources.js';

const SHOWN_PROBLEMS = 5;

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
  if (problems.length > 0) {
    const more = problems.length > SHOWN_PROBLEMS ? [`... and ${problems.length - SHOWN_PROBLEMS} more`] : [];
    throw new NddrError([...problems.slice(0, SHOWN_PROBLEMS), ...more].join('\n'));
  }
  const names = labelsOfSplit(description, split);
  const packed = (wanted: readonly string[]): PackedDataset => ({
    name: description.name,
    length: samples.length,
    labels: Object.fromEntries(wanted.map((name) => [name, labelInfo(name, description.labels[name], samples)])),
    read: (index) => readSample(samples[index], description, wanted),
    labelled: (index, label) => hasLabel(samples[index], description.labels, label),
  });
  const all = packed(names);
  return { ...all, packed, read: async (index) => unpackSample(await all.read(index)) };
}

const unpackSample = ({ labels, ...sample }: Sample<PackedLabel>): Sample => ({
  ...sample,
  labels: Object.fromEntries(Object.entries(labels).map(([name, label]) => [name, unpack(label)])),
});

/** Whether a sample has the file, or the line of a table, from which a label is read. */
function hasLabel(files: SampleFiles, described: Description['labels'], label: string): boolean {
  const source = derivedFrom(described[label]);
  if (source !== undefined) return hasLabel(files, described, source);
  return Object.hasOwn(files.labels, label) || Object.hasOwn(files.imageLabels, label);
}

/** The kind of a label, and the settings of its tasks that the description and the samples give. */
function labelInfo(name: string, what: LabelDescription, samples: readonly SampleFiles[]): LabelInfo {
  const { kind } = what;
  if (kind === 'segmentation' || kind === 'parts') return { kind, classes: what.classes, colours: what.colours };
  if (kind === 'classification' || kind === 'multilabel') return { kind, classes: what.classes };
  if (kind !== 'regression') return { kind };
  const names = what.names ?? [name];
  const labels = samples.flatMap(({ imageLabels }) => imageLabels[name] ?? []);
  return { kind, names, unit: what.unit, ...momentsOf(labels, names.length) };
}

/**
 * Reads a sample with the labels of the given names, each at the size of the image.
 * @throws NddrError naming the file that does not fit
 */
async function readSample(
  files: SampleFiles,
  { labels: described, maxMegapixels }: Description,
  wanted: readonly string[],
): Promise<Sample<PackedLabel>> {
  const needed = new Set(wanted.map((name) => rootOf(name, described)));
  const read = Object.entries(files.labels).filter(([name]) => needed.has(name));
  const labels: Record<string, PackedLabel> = {};
  const limits = limitsOf(maxMegapixels);
  const [photo] = await Promise.all([
    readPhoto(files.image, limits),
    ...read.map(async ([name, path]) => {
      await expectMapWithin(path, limits);
      labels[name] = await readPacked(path, described[name] as MapLabel);
    }),
  ]);
  for (const [name, label] of Object.entries(files.imageLabels)) labels[name] = label;
  for (const [name, path] of read) {
    labels[name] = fitted(labels[name], { name, path, what: described[name] as MapLabel }, files.image, photo);
  }
  const complete = withDerived(labels, described, wanted);
  return { id: files.id, image: photo.image, labels: entriesNamed(complete, wanted) };
}

/** The entries that have one of these names. */
const entriesNamed = <Value>(
  values: Readonly<Record<string, Value>>,
  names: readonly string[],
): Record<string, Value> =>
  Object.fromEntries(names.filter((name) => Object.hasOwn(values, name)).map((name) => [name, values[name]]));
