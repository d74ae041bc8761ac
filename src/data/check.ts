import type { Image, Raster } from '../tasks/raster.js';
import type { LabelDescription } from './description.js';
import { labelsOfSplit, listSplit, type SampleFiles } from './files.js';
import { describeFolder, expectSize, type FolderOptions, withDerived } from './folder.js';
import { readImage } from './image.js';
import { readLabel } from './labels.js';

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
  /** Maps that were read. */
  files: number;
  pixels: number;
  labelledPixels: number;
  /** Segmentation: pixels of each class; boundaries: of none and boundary. */
  readonly classes?: readonly { readonly name: string; pixels: number }[];
  /** Depth, over the labelled pixels. */
  readonly metres?: { least: number; most: number; sum: number };
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
  const splits: Record<string, SplitReport> = {};
  const unused = new Set<string>();
  const used = new Set<string>();
  const work: (() => Promise<void>)[] = [];
  for (const split of Object.keys(description.splits)) {
    const files = await listSplit(folder.root, description, split);
    problems.push(...files.problems);
    for (const path of files.unused) unused.add(path);
    const names = labelsOfSplit(description, split);
    const labels = Object.fromEntries(names.map((name) => [name, emptyReport(description.labels[name])]));
    const report: SplitReport = { images: files.samples.length, sizes: {}, labels };
    splits[split] = report;
    for (const sample of files.samples) {
      for (const path of Object.values(sample.labels)) used.add(path);
      work.push(async () => {
        const { image, maps } = await readLoosely(sample, description.labels, problems);
        if (image) {
          const size = `${image.width}x${image.height}`;
          report.sizes[size] = (report.sizes[size] ?? 0) + 1;
        }
        for (const [name, map] of Object.entries(withDerived(maps, description.labels))) count(labels[name], map);
      });
    }
  }
  let done = 0;
  for (const one of work) {
    await one();
    onProgress?.(++done, work.length);
  }
  const lost = [...unused].filter((path) => !used.has(path));
  const notes = lost.length > 0 ? [`${lost.length} label files pair with no image, such as ${lost[0]}`] : [];
  return { name: description.name, problems, notes, splits };
}

/** Reads what can be read of a sample and writes down what cannot. */
async function readLoosely(files: SampleFiles, labels: Record<string, LabelDescription>, problems: string[]) {
  const attempt = async <Result>(read: () => Promise<Result> | Result): Promise<Result | undefined> => {
    try {
      return await read();
    } catch (error) {
      problems.push((error as Error).message);
      return undefined;
    }
  };
  const maps: Record<string, Raster> = {};
  const image: Image | undefined = await attempt(() => readImage(files.image));
  for (const [name, path] of Object.entries(files.labels)) {
    const map = await attempt(() => readLabel(path, labels[name]));
    if (!map) continue;
    maps[name] = map;
    if (image) await attempt(() => expectSize(path, map, files.image, image));
  }
  return { image, maps };
}

function emptyReport(what: LabelDescription): LabelReport {
  const names = what.kind === 'segmentation' ? what.classes : what.kind === 'boundaries' ? ['none', 'boundary'] : [];
  return {
    kind: what.kind,
    files: 0,
    pixels: 0,
    labelledPixels: 0,
    ...(names.length > 0 && { classes: names.map((name) => ({ name, pixels: 0 })) }),
    ...(what.kind === 'depth' && { metres: { least: Number.POSITIVE_INFINITY, most: 0, sum: 0 } }),
  };
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
      metres.least = Math.min(metres.least, value);
      metres.most = Math.max(metres.most, value);
      metres.sum += value;
    } else if (value === 0 && data[pixels + at] === 0 && data[2 * pixels + at] === 0) continue;
    report.labelledPixels++;
  }
}
