import { basename, resolve } from 'node:path';
import { NddrError } from '../errors.js';
import { expectFolder } from '../files.js';
import {
  type Description,
  type DescriptionInput,
  isTableKind,
  type LabelDescription,
  type MapLabel,
  parseDescription,
} from './description.js';
import { listSplit } from './files.js';
import { describeLabel, type LabelOptions } from './init-labels.js';
import { guessPatterns, type Patterns, roleWords, unquoted } from './init-patterns.js';
import { guessOrientation } from './init-photos.js';
import { describeTable, tableOf } from './init-tables.js';
import { limitsOf } from './limits.js';
import { expectMapWithin } from './map-size.js';

type Kind = LabelDescription['kind'];
type MapKind = MapLabel['kind'];

export type { Patterns } from './init-patterns.js';

/** What the user says of a folder; the rest is guessed. */
export interface InitOptions extends LabelOptions {
  readonly name?: string;
  readonly images?: Patterns;
  /** Patterns of the labels, or tables as `TABLE#COLUMN`; a label is named like its kind. */
  readonly labels?: Partial<Readonly<Record<Kind, Patterns>>>;
  /** Pixels across boundaries to derive from the segmentation, or else from the parts. */
  readonly deriveBoundaries?: number;
  /** Of the largest images and label maps, in millions of pixels. */
  readonly maxMegapixels?: number;
}

export interface Initialised {
  readonly description: DescriptionInput;
  /** Guesses with their reasons, and what is worth a look, one line each. */
  readonly notes: readonly string[];
}

const KINDS: readonly Kind[] = [
  ...(['segmentation', 'normals', 'depth', 'boundaries', 'parts', 'saliency'] as const),
  ...(['classification', 'multilabel', 'regression'] as const),
];
/** At most so many label files of a kind are read to learn their values. */
const SCANNED_FILES = 300;

/**
 * Describes a folder: patterns from the names of its folders, classes and marks from its label files, unless given.
 * @throws NddrError when no images are found, or the result would not be a valid description
 */
export async function initDescription(root: string, options: InitOptions): Promise<Initialised> {
  expectFolder(root);
  const notes: string[] = [];
  const { images, labels: patterns } = await patternsOf(root, options, notes);
  const { maxMegapixels } = options;
  const splits = splitsOf(images, patterns);
  const description = {
    name: options.name ?? basename(resolve(root)),
    splits,
    labels: await describeLabels(root, splits, patterns, options, notes),
    ...(maxMegapixels !== undefined && { maxMegapixels }),
  };
  await guessOrientation(root, description, notes);
  await expectFiles(root, parseDescription(description, 'the description found'), notes);
  return { description, notes };
}

type LabelPatterns = Partial<Record<Kind, Patterns>>;

/** The patterns of images and labels: those given, else those guessed. @throws NddrError where no images are found */
async function patternsOf(
  root: string,
  options: InitOptions,
  notes: string[],
): Promise<{ images: Patterns; labels: LabelPatterns }> {
  const guessed = options.images ? {} : await guessPatterns(root, notes);
  const images = options.images ? unquoted(options.images, notes) : guessed.images;
  if (!images) {
    const none =
      `${root}: found no folder named like images (${roleWords.images.join(', ')}); ` +
      `say where they are, such as --images 'train=photos/*.jpg'`;
    throw new NddrError([none, ...notes].join('\n'));
  }
  const labels: LabelPatterns = {};
  for (const kind of KINDS) {
    const given = options.labels?.[kind];
    const found = given ? unquoted(given, notes) : isTableKind(kind) ? undefined : guessed[kind];
    if (found) labels[kind] = found;
  }
  return { images, labels };
}

/** The splits of the images, each with the labels that have a pattern for it. */
function splitsOf(images: Patterns, labels: LabelPatterns): DescriptionInput['splits'] {
  const inSplit = (split: string) =>
    Object.entries(labels).flatMap(([kind, perSplit]) =>
      split in perSplit ? [[kind, tableOf(perSplit[split]).path]] : [],
    );
  return Object.fromEntries(
    Object.entries(images).map(([split, pattern]) => [
      split,
      { images: pattern, labels: Object.fromEntries(inSplit(split)) },
    ]),
  );
}

/** A description of each label that has a pattern, and of the boundaries that are to be derived. */
async function describeLabels(
  root: string,
  splits: DescriptionInput['splits'],
  patterns: LabelPatterns,
  options: InitOptions,
  notes: string[],
): Promise<DescriptionInput['labels']> {
  const labels: DescriptionInput['labels'] = {};
  for (const [kind, perSplit] of Object.entries(patterns) as [Kind, Patterns][]) {
    const described = isTableKind(kind)
      ? await describeTable(root, kind, Object.values(perSplit), notes)
      : await describeLabel(kind, await labelFiles(root, kind, splits, options.maxMegapixels), options, notes);
    const isInAll = Object.keys(splits).every((split) => split in perSplit);
    labels[kind] = isInAll ? described : { ...described, optional: true };
  }
  if (options.deriveBoundaries !== undefined) {
    const from = 'parts' in labels && !('segmentation' in labels) ? 'parts' : 'segmentation';
    labels.boundaries = { kind: 'boundaries', from, thickness: options.deriveBoundaries };
  }
  return labels;
}

/**
 * Lists the files that a description names, before it is written.
 * @throws NddrError when a pattern or table names none
 */
async function expectFiles(root: string, description: Description, notes: string[]): Promise<void> {
  for (const split of Object.keys(description.splits)) {
    const { samples, problems, notes: found } = await listSplit(root, description, split);
    const { labels } = description.splits[split];
    const empty = Object.keys(labels).find(
      (name) => !samples.some((sample) => name in sample.labels || name in sample.imageLabels),
    );
    if (samples.length === 0 || empty !== undefined) throw new NddrError(problems.join('\n'));
    notes.push(...[...problems, ...found].filter((line) => !notes.includes(line)));
  }
}

/** The files of a label; where there are many, some of them, evenly spread. */
async function labelFiles(
  root: string,
  kind: MapKind,
  splits: DescriptionInput['splits'],
  maxMegapixels?: number,
): Promise<string[]> {
  const files: string[] = [];
  for (const [split, { images, labels }] of Object.entries(splits)) {
    if (!labels?.[kind]) continue;
    const only = { name: 'init', splits: { [split]: { images, labels: { [kind]: labels[kind] } } } };
    const what = { [kind]: { kind: 'boundaries', optional: true } as const };
    const { samples, problems } = await listSplit(root, parseDescription({ ...only, labels: what }, root), split);
    if (!samples.some((sample) => kind in sample.labels)) {
      const flags = `give its pattern, such as --${kind} '${split}=label/*_L.png'`;
      throw new NddrError([...problems, flags].join('\n'));
    }
    files.push(...samples.flatMap((sample) => sample.labels[kind] ?? []));
  }
  const every = Math.ceil(files.length / SCANNED_FILES);
  const scanned = files.filter((_, i) => i % every === 0);
  for (const path of scanned) await expectMapWithin(path, limitsOf(maxMegapixels, '--max-megapixels'));
  return scanned;
}
