// Reads every file of a folder, counts what its labels hold, and gathers what is wrong with them.
import { notesOnLabel, unlabelledProblems } from './check-notes.js';
import { withDerived } from './derive.js';
import { type Description, isTableLabel, type MapLabel, trainingSplit } from './description.js';
import { labelsOfSplit, listSplit, type SampleFiles } from './files.js';
import { attempt } from './findings.js';
import { fitted } from './fit.js';
import { describeFolder, type FolderOptions } from './folder.js';
import { readPhoto } from './image.js';
import { readLabelFile } from './label-file.js';
import { countImage, countMap, emptyReport, type LabelReport } from './label-report.js';
import { packLabel } from './labels.js';
import { expectMapWithin, limitsOf } from './limits.js';
import { type PackedLabel, unpack } from './packed.js';
import { type PhotoFile, tellPhotos } from './photos.js';
import { Survey } from './survey.js';

export type { LabelReport } from './label-report.js';

/** What a check of a folder found. */
export interface DataReport {
  readonly name: string;
  /** Everything that keeps the data set from being read, one line each; empty when all is well. */
  readonly problems: readonly string[];
  /** What is worth knowing but harms nothing. */
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

/**
 * Reads every file of every split and gathers all problems at once: patterns without files, missing pairs, unreadable
 * images and labels, sizes that differ, values that do not fit.
 * @throws NddrError only when the description itself cannot be read
 */
export async function checkFolder({ onProgress, ...folder }: CheckOptions): Promise<DataReport> {
  const description = await describeFolder(folder);
  const problems: string[] = [];
  const notes: string[] = [];
  const splits: Record<string, SplitReport> = {};
  const unused = new Set<string>();
  const used = new Set<string>();
  const unusedRows = new Set<string>();
  const usedRows = new Set<string>();
  const surveys: Record<string, Survey> = {};
  for (const name of Object.keys(description.labels)) surveys[name] = new Survey();
  const photos: Record<string, PhotoFile[]> = {};
  const work: (() => Promise<void>)[] = [];
  for (const split of Object.keys(description.splits)) {
    const files = await listSplit(folder.root, description, split);
    problems.push(...files.problems.filter((line) => !problems.includes(line)));
    notes.push(...files.notes.filter((line) => !notes.includes(line)));
    for (const path of files.unused) unused.add(path);
    for (const row of files.unusedRows) unusedRows.add(row);
    for (const row of files.usedRows) usedRows.add(row);
    const names = labelsOfSplit(description, split);
    const labels = Object.fromEntries(names.map((name) => [name, emptyReport(name, description.labels[name])]));
    const report: SplitReport = { images: files.samples.length, sizes: {}, labels };
    splits[split] = report;
    photos[split] = [];
    for (const sample of files.samples) {
      for (const path of Object.values(sample.labels)) used.add(path);
      work.push(async () => {
        const { photo, maps } = await readLoosely(sample, description, surveys, problems);
        if (photo) {
          const { image, info } = photo;
          photos[split].push({ path: sample.image, info });
          const size = `${image.width}x${image.height}`;
          report.sizes[size] = (report.sizes[size] ?? 0) + 1;
        }
        const all = withDerived(maps, description.labels, names);
        for (const [name, map] of Object.entries(all)) countMap(labels[name], unpack(map));
        for (const [name, label] of Object.entries(sample.imageLabels)) countImage(labels[name], label);
      });
    }
  }
  let done = 0;
  for (const one of work) {
    await one();
    onProgress?.(++done, work.length);
  }
  for (const [split, files] of Object.entries(photos)) notes.push(...tellPhotos(split, files, description.labels));
  const lost = [...unused].filter((path) => !used.has(path));
  if (lost.length > 0) notes.push(`${lost.length} label files pair with no image, such as ${lost[0]}`);
  const lostRows = [...unusedRows].filter((row) => !usedRows.has(row));
  if (lostRows.length > 0) notes.push(`${lostRows.length} lines of tables pair with no image, such as ${lostRows[0]}`);
  problems.push(...unlabelledProblems(splits));
  const training = trainingSplit(Object.keys(splits));
  for (const [name, what] of Object.entries(description.labels)) {
    const reports = Object.values(splits).flatMap(({ labels }) => labels[name] ?? []);
    const learnt = splits[training]?.labels[name];
    if (!isTableLabel(what))
      notes.push(...notesOnLabel({ name, what, survey: surveys[name], reports, learnt, training }));
  }
  return { name: description.name, problems, notes, splits };
}

/** Reads what can be read of a sample and writes down what cannot. */
async function readLoosely(
  files: SampleFiles,
  { labels, maxMegapixels }: Description,
  surveys: Readonly<Record<string, Survey>>,
  problems: string[],
) {
  const maps: Record<string, PackedLabel> = {};
  const limits = limitsOf(maxMegapixels);
  const photo = await attempt(problems, () => readPhoto(files.image, limits));
  for (const [name, path] of Object.entries(files.labels)) {
    const what = labels[name] as MapLabel;
    const map = await attempt(problems, async () => {
      await expectMapWithin(path, limits);
      const file = await readLabelFile(path);
      if (what.kind !== 'normals') surveys[name].add(file);
      const packed = packLabel(file, what, path);
      return photo ? fitted(packed, { name, path, what }, files.image, photo) : packed;
    });
    if (map) maps[name] = map;
  }
  return { photo, maps };
}
