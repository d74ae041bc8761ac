// Reads every file of a folder, counts what its labels hold, and gathers what is wrong with them.
import { several, someOf } from '../words.js';
import { notesOnLabel, unlabelledProblems } from './check-notes.js';
import { withDerived } from './derive.js';
import { type Description, isTableLabel, type MapLabel, trainingSplit } from './description.js';
import { listSplit, type SplitFiles } from './files.js';
import { attempt, type Findings } from './findings.js';
import { fitted } from './fit.js';
import { describeFolder } from './folder.js';
import { labelsOfSplit, type SampleFiles } from './folder-samples.js';
import { type Photo, readPhoto } from './image.js';
import { countImage, countMap, emptyReport, type LabelReport } from './label-report.js';
import { packLabel } from './labels.js';
import { limitsOf } from './limits.js';
import { expectMapWithin } from './map-size.js';
import { type PackedLabel, unpack } from './packed.js';
import { notesOnPhotos, type PhotoFile } from './photos.js';
import { readLabelFile } from './read-label.js';
import type { FolderOptions } from './sources.js';
import { Survey } from './survey.js';

export type { LabelReport } from './label-report.js';

/** What a check of a folder found. */
export interface DataReport {
  readonly name: string;
  /** Everything that keeps the data set from being read, one line each; empty where nothing does. */
  readonly problems: readonly string[];
  /** Guesses, and signs of mistakes, one line each. */
  readonly notes: readonly string[];
  readonly splits: Readonly<Record<string, SplitReport>>;
}

export interface SplitReport {
  readonly images: number;
  /** `WIDTHxHEIGHT` to number of images. */
  readonly sizes: Record<string, number>;
  readonly labels: Readonly<Record<string, LabelReport>>;
}

export interface CheckOptions extends FolderOptions {
  /** Called after every sample. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A split while it is checked. */
interface CheckedSplit {
  readonly name: string;
  readonly files: SplitFiles;
  readonly report: SplitReport;
  /** Headers of the images read so far. */
  readonly photos: PhotoFile[];
}

/**
 * Reads every file of every split and gathers all problems at once: patterns without files, missing pairs, unreadable
 * images and labels, sizes that differ, values that do not fit.
 * @throws NddrError only when the description itself cannot be read
 */
export async function checkFolder({ onProgress, ...folder }: CheckOptions): Promise<DataReport> {
  const description = await describeFolder(folder);
  const findings: Findings = { problems: [], notes: [] };
  const splits = await listSplits(folder.root, description, findings);
  const surveys = Object.fromEntries(Object.keys(description.labels).map((name) => [name, new Survey()]));
  const total = splits.reduce((sum, { files }) => sum + files.samples.length, 0);
  let done = 0;
  for (const split of splits) {
    for (const sample of split.files.samples) {
      await checkSample(sample, split, description, surveys, findings.problems);
      onProgress?.(++done, total);
    }
  }
  const reports = Object.fromEntries(splits.map(({ name, report }) => [name, report]));
  findings.problems.push(...unlabelledProblems(reports));
  for (const { name, photos } of splits) findings.notes.push(...notesOnPhotos(name, photos, description.labels));
  findings.notes.push(
    ...notesOnShared(splits),
    ...notesOnUnpaired(splits),
    ...notesOnLabels(description, reports, surveys),
  );
  return { name: description.name, ...findings, splits: reports };
}

/** Lists the files of every split; a line that several splits share is kept once. */
async function listSplits(root: string, description: Description, findings: Findings): Promise<CheckedSplit[]> {
  const splits: CheckedSplit[] = [];
  for (const name of Object.keys(description.splits)) {
    const files = await listSplit(root, description, name);
    addNew(findings.problems, files.problems);
    addNew(findings.notes, files.notes);
    const labels = labelsOfSplit(description, name).map((label) => [
      label,
      emptyReport(label, description.labels[label]),
    ]);
    const report = { images: files.samples.length, sizes: {}, labels: Object.fromEntries(labels) };
    splits.push({ name, files, report, photos: [] });
  }
  return splits;
}

function addNew(lines: string[], more: readonly string[]): void {
  lines.push(...more.filter((line) => !lines.includes(line)));
}

/** Reads a sample and adds what it holds to the report of its split. */
async function checkSample(
  sample: SampleFiles,
  { report, photos }: CheckedSplit,
  description: Description,
  surveys: Readonly<Record<string, Survey>>,
  problems: string[],
): Promise<void> {
  const { photo, maps } = await readReadable(sample, description, surveys, problems);
  if (photo) {
    photos.push({ path: sample.image, info: photo.info });
    const size = `${photo.image.width}x${photo.image.height}`;
    report.sizes[size] = (report.sizes[size] ?? 0) + 1;
  }
  const complete = withDerived(maps, description.labels, Object.keys(report.labels));
  for (const [name, map] of Object.entries(complete)) countMap(report.labels[name], unpack(map));
  for (const [name, label] of Object.entries(sample.imageLabels)) countImage(report.labels[name], label);
}

/** The parts of a sample that can be read; what is wrong with the others is added to the problems. */
async function readReadable(
  sample: SampleFiles,
  { labels, maxMegapixels }: Description,
  surveys: Readonly<Record<string, Survey>>,
  problems: string[],
): Promise<{ photo: Photo | undefined; maps: Record<string, PackedLabel> }> {
  const limits = limitsOf(maxMegapixels);
  const photo = await attempt(problems, () => readPhoto(sample.image, limits));
  const maps: Record<string, PackedLabel> = {};
  for (const [name, path] of Object.entries(sample.labels)) {
    const what = labels[name] as MapLabel;
    const map = await attempt(problems, async () => {
      await expectMapWithin(path, limits);
      const file = await readLabelFile(path);
      if (what.kind !== 'normals') surveys[name].add(file);
      const packed = packLabel(file, what, path);
      return photo ? fitted(packed, { name, path, what }, sample.image, photo) : packed;
    });
    if (map) maps[name] = map;
  }
  return { photo, maps };
}

/** Images that two splits have: what is trained on must not be judged on. */
function notesOnShared(splits: readonly CheckedSplit[]): string[] {
  const images = splits.map(({ name, files }) => ({ name, paths: files.samples.map(({ image }) => image) }));
  return images.flatMap((one, at) => {
    const known = new Set(one.paths);
    return images.slice(at + 1).flatMap((other) => {
      const both = other.paths.filter((path) => known.has(path));
      return both.length > 0
        ? [`${several(both.length, 'image')} in both "${one.name}" and "${other.name}": ${someOf(both)}`]
        : [];
    });
  });
}

/** Label files and lines of tables that no image of any split pairs with. */
function notesOnUnpaired(splits: readonly CheckedSplit[]): string[] {
  const used = splits.flatMap(({ files }) => files.samples.flatMap(({ labels }) => Object.values(labels)));
  const lost = without(
    splits.flatMap(({ files }) => files.unused),
    used,
  );
  const lostRows = without(
    splits.flatMap(({ files }) => files.unusedRows),
    splits.flatMap(({ files }) => files.usedRows),
  );
  return [
    ...(lost.length > 0 ? [`${lost.length} label files pair with no image, such as ${lost[0]}`] : []),
    ...(lostRows.length > 0 ? [`${lostRows.length} lines of tables pair with no image, such as ${lostRows[0]}`] : []),
  ];
}

/** The different texts of a list that another list lacks. */
function without(all: readonly string[], taken: readonly string[]): string[] {
  const known = new Set(taken);
  return [...new Set(all)].filter((one) => !known.has(one));
}

function notesOnLabels(
  { labels }: Description,
  splits: Readonly<Record<string, SplitReport>>,
  surveys: Readonly<Record<string, Survey>>,
): string[] {
  const training = trainingSplit(Object.keys(splits));
  return Object.entries(labels).flatMap(([name, what]) => {
    if (isTableLabel(what)) return [];
    const reports = Object.values(splits).flatMap((split) => split.labels[name] ?? []);
    const trained = splits[training]?.labels[name];
    return notesOnLabel({ name, what, survey: surveys[name], reports, trained, training });
  });
}
