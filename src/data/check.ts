import type { Raster } from '../tasks/raster.js';
import { UNKNOWN_NUMBER } from '../tasks/regression.js';
import type { Description, LabelDescription, MapLabel } from './description.js';
import { labelsOfSplit, listSplit, type SampleFiles } from './files.js';
import { describeFolder, type FolderOptions, fitted, withDerived } from './folder.js';
import { readPhoto } from './image.js';
import { readLabel } from './labels.js';
import { expectMapWithin, limitsOf } from './limits.js';
import { type PhotoFile, tellPhotos } from './photos.js';

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

export interface LabelReport {
  readonly kind: LabelDescription['kind'];
  /** Maps that were read, or images that a table labels as a whole. */
  files: number;
  /** Of maps; of tables the values that are asked for and those that are known. */
  pixels: number;
  labelledPixels: number;
  /** Pixels of each class, or images that show it; boundaries and saliency: of none and all else. */
  readonly classes?: readonly { readonly name: string; pixels: number }[];
  /** Depth, over the labelled pixels. */
  readonly metres?: Range;
  /** Numbers of whole images, over the images that know them. */
  readonly numbers?: readonly (Range & { readonly name: string; count: number })[];
}

interface Range {
  least: number;
  most: number;
  sum: number;
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
        const { photo, maps } = await readLoosely(sample, description, problems);
        if (photo) {
          const { image, info } = photo;
          photos[split].push({ path: sample.image, info });
          const size = `${image.width}x${image.height}`;
          report.sizes[size] = (report.sizes[size] ?? 0) + 1;
        }
        for (const [name, map] of Object.entries(withDerived(maps, description.labels))) count(labels[name], map);
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
  return { name: description.name, problems, notes, splits };
}

/** Reads what can be read of a sample and writes down what cannot. */
async function readLoosely(files: SampleFiles, { labels, maxMegapixels }: Description, problems: string[]) {
  const attempt = async <Result>(read: () => Promise<Result> | Result): Promise<Result | undefined> => {
    try {
      return await read();
    } catch (error) {
      problems.push((error as Error).message);
      return undefined;
    }
  };
  const maps: Record<string, Raster> = {};
  const limits = limitsOf(maxMegapixels);
  const photo = await attempt(() => readPhoto(files.image, limits));
  for (const [name, path] of Object.entries(files.labels)) {
    const what = labels[name] as MapLabel;
    const map = await attempt(async () => {
      await expectMapWithin(path, limits);
      return readLabel(path, what);
    });
    if (!map) continue;
    const turned = photo && (await attempt(() => fitted(map, { name, path, what }, files.image, photo)));
    maps[name] = turned ?? map;
  }
  return { photo, maps };
}

const emptyRange = (): Range => ({ least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY, sum: 0 });

function emptyReport(label: string, what: LabelDescription): LabelReport {
  const other: Partial<Record<LabelDescription['kind'], readonly string[]>> = {
    boundaries: ['none', 'boundary'],
    saliency: ['none', 'salient'],
  };
  const names = 'classes' in what ? what.classes : (other[what.kind] ?? []);
  return {
    kind: what.kind,
    files: 0,
    pixels: 0,
    labelledPixels: 0,
    ...(names.length > 0 && { classes: names.map((name) => ({ name, pixels: 0 })) }),
    ...(what.kind === 'depth' && { metres: emptyRange() }),
    ...(what.kind === 'regression' && {
      numbers: (what.names ?? [label]).map((name) => ({ name, count: 0, ...emptyRange() })),
    }),
  };
}

function widen(range: Range, value: number): void {
  range.least = Math.min(range.least, value);
  range.most = Math.max(range.most, value);
  range.sum += value;
}

/** Adds the label of a whole image to the counts. */
function countImage(report: LabelReport, { data }: Raster): void {
  const { kind, classes = [], numbers = [] } = report;
  report.files++;
  report.pixels += data.length;
  for (const [k, value] of data.entries()) {
    const known = kind === 'regression' ? value > UNKNOWN_NUMBER : kind === 'classification' || value !== 255;
    if (!known) continue;
    report.labelledPixels++;
    if (kind === 'classification') classes[value].pixels++;
    else if (kind === 'multilabel') classes[k].pixels += value;
    else {
      numbers[k].count++;
      widen(numbers[k], value);
    }
  }
}

/** Adds one map to the counts. */
function count(report: LabelReport, { data, width, height }: Raster): void {
  const { classes, metres } = report;
  const pixels = width * height;
  report.files++;
  report.pixels += pixels;
  for (let at = 0; at < pixels; at++) {
    const value = data[at];
    if (classes) {
      if (value === 255) continue;
      classes[value].pixels++;
    } else if (metres) {
      if (value === 0) continue;
      widen(metres, value);
    } else if (value === 0 && data[pixels + at] === 0 && data[2 * pixels + at] === 0) continue;
    report.labelledPixels++;
  }
}
