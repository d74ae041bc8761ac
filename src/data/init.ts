import { readdir } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { NddrError } from '../errors.js';
import { type DescriptionInput, type LabelDescription, type MapLabel, parseDescription } from './description.js';
import { listSplit } from './files.js';
import { describeLabel, type LabelOptions } from './init-labels.js';
import { describeTable, isTableKind, tableOf } from './init-tables.js';

type Kind = LabelDescription['kind'];
type MapKind = MapLabel['kind'];
/** Split name to pattern. */
export type Patterns = Readonly<Record<string, string>>;

/** What is known of a folder; the rest is guessed. */
export interface InitOptions extends LabelOptions {
  readonly name?: string;
  readonly images?: Patterns;
  /** Patterns of the labels, or tables as `TABLE#COLUMN`; a label is named like its kind. */
  readonly labels?: Partial<Readonly<Record<Kind, Patterns>>>;
  /** Pixels across boundaries to derive from the segmentation. */
  readonly deriveBoundaries?: number;
}

export interface Initialised {
  readonly description: DescriptionInput;
  /** What was guessed and deserves a look. */
  readonly notes: readonly string[];
}

/** Names of folders that tell what lies in them. */
const roleWords: Record<'images' | MapKind, readonly string[]> = {
  images: ['image', 'images', 'img', 'imgs', 'rgb', 'photo', 'photos', 'color', 'colour', 'leftimg8bit', 'jpegimages'],
  segmentation: [
    'label',
    'labels',
    'seg',
    'segmentation',
    'semseg',
    'mask',
    'masks',
    'annotation',
    'annotations',
    'gt',
  ],
  normals: ['normal', 'normals'],
  depth: ['depth', 'depths'],
  boundaries: ['boundary', 'boundaries', 'edge', 'edges', 'contours'],
  parts: ['parts', 'part', 'human_parts'],
  saliency: ['saliency', 'salient', 'sal'],
};
const KINDS: readonly Kind[] = [
  ...(['segmentation', 'normals', 'depth', 'boundaries', 'parts', 'saliency'] as const),
  ...(['classification', 'multilabel', 'regression'] as const),
];
const splitWords: Record<string, readonly string[]> = {
  train: ['train', 'training'],
  val: ['val', 'valid', 'validation', 'dev'],
  test: ['test', 'testing'],
};
const readable = new Set(['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.npy']);
/** Label files that are read to learn their values. */
const SCANNED_FILES = 300;

const wordOf = (table: Record<string, readonly string[]>, part: string): string | undefined =>
  Object.keys(table).find((key) => table[key].includes(part.toLowerCase()));

/**
 * Describes a folder: patterns from the names of its folders, classes and marks from its label files, unless given.
 * @throws NddrError when no images are found, or the result would not be a valid description
 */
export async function initDescription(root: string, options: InitOptions): Promise<Initialised> {
  const notes: string[] = [];
  const guessed = options.images ? {} : await guessPatterns(root);
  const images = options.images ?? guessed.images;
  if (!images) {
    throw new NddrError(
      `${root}: no folder named like images (${roleWords.images.join(', ')}) was found; ` +
        `say where they are, such as --images 'train=photos/*.jpg'`,
    );
  }
  const patterns: Partial<Record<Kind, Patterns>> = {};
  for (const kind of KINDS) {
    const found = options.labels?.[kind] ?? (isTableKind(kind) ? undefined : guessed[kind]);
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
      : await describeLabel(kind, await labelFiles(root, kind, splits), options, notes);
    labels[kind] = { ...described, ...optional };
  }
  if (options.deriveBoundaries !== undefined) {
    labels.boundaries = { kind: 'boundaries', from: 'segmentation', thickness: options.deriveBoundaries };
  }
  const description = { name: options.name ?? basename(resolve(root)), splits, labels };
  parseDescription(description, 'the description found');
  return { description, notes };
}

/** Patterns by role and split, from the folders' names: the last part of a path that tells a role counts. */
async function guessPatterns(root: string): Promise<Partial<Record<'images' | MapKind, Record<string, string>>>> {
  const bases = new Map<string, { role: 'images' | MapKind; split: string; deep: boolean; extensions: Set<string> }>();
  for (const entry of await readdir(root, { recursive: true })) {
    const parts = entry.split(/[\\/]/);
    const file = parts.pop() as string;
    if (file.startsWith('.') || !readable.has(extname(file).toLowerCase())) continue;
    const roleAt = parts.findLastIndex((part) => wordOf(roleWords, part));
    if (roleAt < 0) continue;
    const splitAt = parts.findLastIndex((part) => wordOf(splitWords, part));
    const length = Math.max(roleAt, splitAt) + 1;
    const base = parts.slice(0, length).join('/');
    const known = bases.get(base) ?? {
      role: wordOf(roleWords, parts[roleAt]) as 'images' | MapKind,
      split: (splitAt >= 0 && wordOf(splitWords, parts[splitAt])) || 'train',
      deep: false,
      extensions: new Set(),
    };
    known.deep ||= parts.length > length;
    known.extensions.add(extname(file).slice(1));
    bases.set(base, known);
  }
  const patterns: Partial<Record<'images' | MapKind, Record<string, string>>> = {};
  for (const [base, { role, split, deep, extensions }] of [...bases].sort()) {
    const perSplit = patterns[role] ?? {};
    if (split in perSplit) {
      throw new NddrError(
        `${root}: both ${perSplit[split]} and ${base} look like ${role} of ${split}; say which with --${role}`,
      );
    }
    const [one, ...more] = [...extensions].sort();
    perSplit[split] = `${base}/${deep ? '**/' : ''}*.${more.length > 0 ? `{${[one, ...more].join(',')}}` : one}`;
    patterns[role] = perSplit;
  }
  return patterns;
}

/** The files of a label, evenly thinned out where there are many. */
async function labelFiles(root: string, kind: MapKind, splits: DescriptionInput['splits']): Promise<string[]> {
  const files: string[] = [];
  for (const [split, { images, labels }] of Object.entries(splits)) {
    if (!labels?.[kind]) continue;
    const only = { name: 'init', splits: { [split]: { images, labels: { [kind]: labels[kind] } } } };
    const what = { [kind]: { kind: 'boundaries', optional: true } as const };
    const { samples, unused } = await listSplit(root, parseDescription({ ...only, labels: what }, root), split);
    if (samples.length > 0 && samples.every((sample) => !(kind in sample.labels))) {
      throw new NddrError(
        `${root}: no file of ${labels[kind]}${unused.length > 0 ? `, such as ${unused[0]},` : ''} pairs with one of ${images}; ` +
          `what the * matches must be the same: give the patterns, such as --${kind} '${split}=label/*_L.png'`,
      );
    }
    files.push(...samples.flatMap((sample) => sample.labels[kind] ?? []));
  }
  const every = Math.ceil(files.length / SCANNED_FILES);
  return files.filter((_, i) => i % every === 0);
}
