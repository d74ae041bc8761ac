/** Where the images and labels of a folder lie: as it was typed, or guessed from the names of its folders. */
import { readdir } from 'node:fs/promises';
import { extname } from 'node:path';
import { NddrError } from '../errors.js';
import { someOf } from '../words.js';
import type { MapLabel } from './description.js';
import { isForeignImage, isImageFile } from './image.js';

type MapKind = MapLabel['kind'];
/** Split name to pattern. */
export type Patterns = Readonly<Record<string, string>>;
type Guess = Partial<Record<'images' | MapKind, Record<string, string>>>;

/** Names of folders that tell what lies in them. */
export const roleWords: Record<'images' | MapKind, readonly string[]> = {
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
const splitWords: Record<string, readonly string[]> = {
  train: ['train', 'training'],
  val: ['val', 'valid', 'validation', 'dev'],
  test: ['test', 'testing'],
};
const wordOf = (table: Record<string, readonly string[]>, part: string): string | undefined =>
  Object.keys(table).find((key) => table[key].includes(part.toLowerCase()));

/** Patterns as a shell may have left them: quotes that cmd.exe keeps are taken off, and a backslash becomes "/". */
export function asTyped(patterns: Patterns, notes: string[]): Patterns {
  return Object.fromEntries(
    Object.entries(patterns).map(([split, pattern]) => {
      const given = `${split}=${pattern}`;
      const bare = given.replace(/^(["'])(.*)\1$/, '$2').replace(/=(["'])(.*)\1$/, '=$2');
      if (bare !== given) notes.push(`${given}: taken without the quotes, which the shell has kept`);
      const [name, ...rest] = bare.replaceAll('\\', '/').split('=');
      if (bare.includes('\\')) notes.push(`${bare}: taken as ${name}=${rest.join('=')}; "/" parts folders in patterns`);
      return [name, rest.join('=')];
    }),
  );
}

/** Patterns by role and split, from the folders' names: the last part of a path that tells a role counts. */
export async function guessPatterns(root: string, notes: string[]): Promise<Guess> {
  const foreign: string[] = [];
  const bases = new Map<string, { role: 'images' | MapKind; split: string; deep: boolean; extensions: Set<string> }>();
  for (const entry of await readdir(root, { recursive: true })) {
    const parts = entry.split(/[\\/]/);
    const file = parts.pop() as string;
    if (file.startsWith('.')) continue;
    if (isForeignImage(file)) foreign.push(entry);
    if (!isImageFile(file) && extname(file).toLowerCase() !== '.npy') continue;
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
  if (foreign.length > 0) {
    notes.push(
      `${foreign.length} files are left out, as there is no decoder for them here: ${someOf(foreign)}; convert them to JPEG or PNG`,
    );
  }
  const patterns: Guess = {};
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
