/** The samples of a described folder, wherever its files lie: on a disk, or in a page. */
import { NddrError } from '../errors.js';
import type { Raster } from '../tasks/raster.js';
import type { LabelInfo, PackableDataset, PackedDataset, Sample } from './dataset.js';
import { withDerived } from './derive.js';
import { type Description, derivedFrom, type LabelDescription, type MapLabel, rootOf } from './description.js';
import { fitted, type Upright } from './fit.js';
import { type Limits, limitsOf } from './limits.js';
import { momentsOf } from './moments.js';
import { type PackedLabel, unpack } from './packed.js';

/** The files of one sample; paths are ready to open. */
export interface SampleFiles {
  /** The text that the wildcards of the patterns matched. */
  readonly id: string;
  readonly image: string;
  /** Label name to file; a label that the sample lacks is absent. */
  readonly labels: Readonly<Record<string, string>>;
  /** Label name to the label of the whole image that a table holds; absent likewise. */
  readonly imageLabels: Readonly<Record<string, Raster>>;
}

/** How files are read. Each throws NddrError that names the file. */
export interface Readers {
  photo(path: string, limits: Limits): Promise<Upright>;
  label(path: string, what: MapLabel, limits: Limits): Promise<PackedLabel>;
}

const SHOWN_PROBLEMS = 5;

/** @throws NddrError with the first problems that were found in listing files, where there are some */
export function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const more = problems.length > SHOWN_PROBLEMS ? [`... and ${problems.length - SHOWN_PROBLEMS} more`] : [];
  throw new NddrError([...problems.slice(0, SHOWN_PROBLEMS), ...more].join('\n'));
}

/** The data set of the samples of a split, whose files are read one by one when they are asked for. */
export function samplesOf(
  description: Description,
  split: string,
  samples: readonly SampleFiles[],
  readers: Readers,
): PackableDataset {
  const names = labelsOfSplit(description, split);
  const packed = (wanted: readonly string[]): PackedDataset => ({
    name: description.name,
    length: samples.length,
    labels: Object.fromEntries(wanted.map((name) => [name, labelInfo(name, description.labels[name], samples)])),
    read: (index) => readSample(samples[index], description, wanted, readers),
    labelled: (index, label) => hasLabel(samples[index], description.labels, label),
  });
  const all = packed(names);
  return { ...all, packed, read: async (index) => unpackSample(await all.read(index)) };
}

const unpackSample = ({ labels, ...sample }: Sample<PackedLabel>): Sample => ({
  ...sample,
  labels: Object.fromEntries(Object.entries(labels).map(([name, label]) => [name, unpack(label)])),
});

/** The labels that have files in a split, and those derived from them. */
export function labelsOfSplit(description: Description, split: string): string[] {
  const { labels } = description.splits[split];
  return Object.keys(description.labels).filter((name) => rootOf(name, description.labels) in labels);
}

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
  readers: Readers,
): Promise<Sample<PackedLabel>> {
  const needed = new Set(wanted.map((name) => rootOf(name, described)));
  const read = Object.entries(files.labels).filter(([name]) => needed.has(name));
  const labels: Record<string, PackedLabel> = {};
  const limits = limitsOf(maxMegapixels);
  const [photo] = await Promise.all([
    readers.photo(files.image, limits),
    ...read.map(async ([name, path]) => {
      labels[name] = await readers.label(path, described[name] as MapLabel, limits);
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
