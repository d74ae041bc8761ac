/** The patterns of the images and labels of a folder: as they are given, or guessed from the names of its folders. */
import { readdir } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { NddrError } from '../errors.js';
import { someOf } from '../words.js';
import type { MapLabel } from './description.js';
import { isImageFile, isUnreadableImage } from './image.js';

type MapKind = MapLabel['kind'];
/** Split name to pattern. */
export type Patterns = Readonly<Record<string, string>>;
type Guess = Partial<Record<'images' | MapKind, Record<string, string>>>;

/** Names of folders, in small letters, that tell what their files are. */
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
/** Names of folders that tell the split of their files. */
const splitWords: Record<string, readonly string[]> = {
  train: ['train', 'training'],
  val: ['val', 'valid', 'validation', 'dev'],
  test: ['test', 'testing'],
};
/** The key of a table whose words include the name of a folder. */
const wordOf = (table: Record<string, readonly string[]>, part: string): string | undefined =>
  Object.keys(table).find((key) => table[key].includes(part.toLowerCase()));

/**
 * Patterns without what shells of Windows leave in them: quotes around them are removed, and "\\" between folders
 * becomes "/". Both are noted.
 */
export function unquoted(patterns: Patterns, notes: string[]): Patterns {
  return Object.fromEntries(
    Object.entries(patterns).map(([split, pattern]) => {
      const given = `${split}=${pattern}`;
      const bare = given.replace(/^(["'])(.*)\1$/, '$2').replace(/=(["'])(.*)\1$/, '=$2');
      if (bare !== given) notes.push(`${given}: read without the quotes, which the shell did not remove`);
      const [name, ...rest] = bare.replaceAll('\\', '/').split('=');
      if (bare.includes('\\'))
        notes.push(`${bare}: read as ${name}=${rest.join('=')}; folders are separated by "/" in patterns`);
      return [name, rest.join('=')];
    }),
  );
}

/** A folder whose name tells what its files are. */
interface RoleFolder {
  readonly role: 'images' | MapKind;
  readonly split: string;
  /** Whether files lie in folders below it. */
  deep: boolean;
  readonly extensions: Set<string>;
}

/**
 * Patterns by role and split, by the names of folders: in a path the last folder that names a role counts, and the last
 * one that names a split.
 * @throws NddrError where two folders have the same role in the same split
 */
export async function guessPatterns(root: string, notes: string[]): Promise<Guess> {
  const folders = new Map<string, RoleFolder>();
  const foreign: string[] = [];
  for (const entry of await readdir(root, { recursive: true })) {
    if (isUnreadableImage(entry) && !basename(entry).startsWith('.')) foreign.push(entry);
    addToFolder(entry, folders);
  }
  if (foreign.length > 0) {
    notes.push(
      `${foreign.length} files are left out, as their format cannot be read here: ${someOf(foreign)}; convert them to JPEG or PNG`,
    );
  }
  const patterns: Guess = {};
  for (const [path, folder] of [...folders].sort()) {
    const { role, split } = folder;
    const perSplit = patterns[role] ?? {};
    if (split in perSplit) {
      throw new NddrError(
        `${root}: both ${perSplit[split]} and ${path} look like ${role} of ${split}; say which with --${role}`,
      );
    }
    perSplit[split] = patternOf(path, folder);
    patterns[role] = perSplit;
  }
  return patterns;
}

/** Adds a file to the folder that gives it a role; other files, and those of other formats, are passed over. */
function addToFolder(entry: string, folders: Map<string, RoleFolder>): void {
  const parts = entry.split(/[\\/]/);
  const file = parts.pop() as string;
  const isLabelOrImage = isImageFile(file) || extname(file).toLowerCase() === '.npy';
  const roleAt = parts.findLastIndex((part) => wordOf(roleWords, part));
  if (file.startsWith('.') || !isLabelOrImage || roleAt < 0) return;
  const splitAt = parts.findLastIndex((part) => wordOf(splitWords, part));
  const depth = Math.max(roleAt, splitAt) + 1;
  const path = parts.slice(0, depth).join('/');
  const folder: RoleFolder = folders.get(path) ?? {
    role: wordOf(roleWords, parts[roleAt]) as 'images' | MapKind,
    split: (splitAt >= 0 && wordOf(splitWords, parts[splitAt])) || 'train',
    deep: false,
    extensions: new Set(),
  };
  folder.deep ||= parts.length > depth;
  folder.extensions.add(extname(file).slice(1));
  folders.set(path, folder);
}

/** `train/image/*.jpg`, `masks/**\/*.{npy,png}` */
function patternOf(path: string, { deep, extensions }: RoleFolder): string {
  const sorted = [...extensions].sort();
  return `${path}/${deep ? '**/' : ''}*.${sorted.length > 1 ? `{${sorted.join(',')}}` : sorted[0]}`;
}
