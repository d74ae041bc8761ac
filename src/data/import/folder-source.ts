// A folder, or a single file, as a source.
import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { liesWithin, readWhole } from '../../files.js';
import { someOf } from '../../words.js';
import { expectReadable, type Source } from './source.js';

/**
 * A folder as a source. Links are followed while they stay inside the folder; others are left out and noted.
 * Hidden files and folders are left out.
 */
export async function openFolderSource(path: string): Promise<Source> {
  const names: string[] = [];
  const outside: string[] = [];
  await list(realpathSync(path), '', { names, outside, seen: new Set() });
  names.sort();
  const notes =
    outside.length === 0
      ? []
      : [
          `${path}: ${outside.length} links lead out of the folder, or nowhere, and are left out: ${someOf(outside)}; name what they lead to as a further source`,
        ];
  const onDisk = (name: string) => join(path, name);
  return {
    path,
    names,
    notes,
    digest: createHash('sha256').update(names.join('\0')).digest('hex'),
    async read(name) {
      expectReadable(onDisk(name), (await stat(onDisk(name))).size);
      return readWhole(onDisk(name));
    },
    sizeOf: async (name) => (await stat(onDisk(name))).size,
    pathOf: onDisk,
    close: async () => {},
  };
}

interface Listing {
  readonly names: string[];
  readonly outside: string[];
  /** Folders that links led to; a link back to one of them would never end. */
  readonly seen: Set<string>;
}

async function list(root: string, folder: string, into: Listing): Promise<void> {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) await list(root, name, into);
    else if (entry.isFile()) into.names.push(name);
    else if (entry.isSymbolicLink()) await follow(root, name, into);
  }
}

async function follow(root: string, name: string, into: Listing): Promise<void> {
  const target = targetOf(join(root, name));
  if (target === undefined || !liesWithin(root, target)) {
    into.outside.push(name);
    return;
  }
  const way = relative(root, target);
  if (statSync(target).isFile()) into.names.push(name);
  else if (!into.seen.has(target) && way !== '' && !name.startsWith(`${way}/`)) {
    into.seen.add(target);
    await list(root, name, into);
  }
}

function targetOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** A single file that is no archive as a source: its only name is that of the file. */
export function openFileSource(path: string): Source {
  const { size } = statSync(path);
  const name = basename(path);
  return {
    path,
    names: [name],
    notes: [],
    digest: createHash('sha256').update(`${name}\0${size}`).digest('hex'),
    read(_) {
      expectReadable(path, size);
      return readWhole(path);
    },
    sizeOf: async () => size,
    pathOf: () => path,
    close: async () => {},
  };
}
