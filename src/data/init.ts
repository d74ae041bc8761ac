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
import { asTyped, guessPatterns, type Patterns, roleWords } from './init-patterns.js';
import { guessOrientation } from './init-photos.js';
import { describeTable, tableOf } from './init-tables.js';
import { expectMapWithin, limitsOf } from './limits.js';

type Kind = LabelDescription['kind'];
type MapKind = MapLabel['kind'];

export type { Patterns } from './init-patterns.js';

/** What is known of a folder; the rest is guessed. */
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
  /** What was guessed and deserves a look. */
  readonly notes: readonly string[];
}

const KINDS: readonly Kind[] = [
  ...(['segmentation', 'normals', 'depth', 'boundaries', 'parts', 'saliency'] as const),
  ...(['classification', 'multilabel', 'regression'] as const),
];
/** Label files that are read to learn their values. */
const SCANNED_FILES = 300;

/**
 * Describes a folder: patterns from the names of its folders, classes and marks from its label files, unless given.
 * @throws NddrError when no images are found, or the result would not be a valid description
 */
export async function initDescription(root: string, options: InitOptions): Promise<Initialised> {
  expectFolder(root);
  const notes: string[] = [];
  const guessed = options.images ? {} : await guessPatterns(root, notes);
  const images = options.images ? asTyped(options.images, notes) : guessed.images;
  if (!images) {
    const none =
      `${root}: no folder named like images (${roleWords.images.join(', ')}) was found; ` +
      `say where they are, such as --images 'train=photos/*.jpg'`;
    throw new NddrError([none, ...notes].join('\n'));
  }
  const patterns: Partial<Record<Kind, Patterns>> = {};
  for (const kind of KINDS) {
    const given = options.labels?.[kind];
    const found = given ? asTyped(given, notes) : isTableKind(kind) ? undefined : guessed[kind];
    if (found) patterns[kind] = found;
  }
  const splits = Object.fromEntries(
    Object.entries(images).map(([split, pattern]) => {
      const labels = Object.entries(patterns).filter(([, perSplit]) => split in perSplit);
      return [
        split,
        { images: pattern, labels: Object.fromEntries(labels.map(([kind, one]) => [kind, tableOf(one[split]).path])) },
      ];
    }),
  );
  const labels: DescriptionInput['labels'] = {};
  for (const [kind, perSplit] of Object.entries(patterns) as [Kind, Patterns][]) {
    const some = Object.keys(splits).some((split) => !(split in perSplit));
    const optional = some ? { optional: true } : {};
    const described = isTableKind(kind)
      ? await describeTable(root, kind, Object.values(perSplit), notes)
      : await describeLabel(kind, await labelFiles(root, kind, splits, options.maxMegapixels), options, notes);
    labels[kind] = { ...described, ...optional };
  }
  if (options.deriveBoundaries !== undefined) {
    const from = 'segmentation' in labels || !('parts' in labels) ? 'segmentation' : 'parts';
    labels.boundaries = { kind: 'boundaries', from, thickness: options.deriveBoundaries };
  }
  const { maxMegapixels } = options;
  const limit = maxMegapixels === undefined ? {} : { maxMegapixels };
  const description = { name: options.name ?? basename(resolve(root)), splits, labels, ...limit };
  await guessOrientation(root, description, notes);
  await expectFiles(root, parseDescription(description, 'the description found'), notes);
  return { description, notes };
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

/** The files of a label, evenly thinned out where there are many. */
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
      const flags = `give the patterns, such as --${kind} '${split}=label/*_L.png'`;
      throw new NddrError([...problems, flags].join('\n'));
    }
    files.push(...samples.flatMap((sample) => sample.labels[kind] ?? []));
  }
  const every = Math.ceil(files.length / SCANNED_FILES);
  const scanned = files.filter((_, i) => i % every === 0);
  for (const path of scanned) await expectMapWithin(path, limitsOf(maxMegapixels, '--max-megapixels'));
  return scanned;
}
