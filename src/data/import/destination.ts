// The folder that an import writes: what is there already, and the record of what it is made from.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { NddrError } from '../../errors.js';
import { codeOf, liesWithin, writeJson, writeWhole } from '../../files.js';
import { readUserJson } from '../../json.js';
import { LOCK } from '../../lock.js';
import { someOf } from '../../words.js';
import type { PlannedFile } from './kind.js';
import type { Sources } from './source.js';

const RECORD = 'import.json';
const ASIDE = '.import';

/** What a folder is imported from: an import that is started again must have the same. */
export interface ImportRecord {
  readonly kind: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly sources: readonly { readonly name: string; readonly digest: string }[];
}

export const recordOf = (kind: string, settings: ImportRecord['settings'], { list }: Sources): ImportRecord => ({
  kind,
  settings,
  sources: list.map(({ path, digest }) => ({ name: basename(resolve(path)), digest })),
});

/**
 * Checks that a folder is new, empty, or holds an import, and lies outside the sources.
 * @throws NddrError saying what is there
 */
export function expectImportFolder(dest: string, sources: readonly string[]): void {
  for (const path of sources) {
    if (liesWithin(resolve(path), resolve(dest)))
      throw new NddrError(`${dest}: lies in the source ${path}; name a folder outside the sources`);
  }
  const found = statSync(dest, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isDirectory()) throw new NddrError(`${dest}: is a file; name a new folder to write to`);
  const held = readdirSync(dest).filter((name) => name !== ASIDE && name !== LOCK && !isPart(name));
  if (held.length === 0 || existsSync(join(dest, RECORD))) return;
  throw new NddrError(`${dest}: holds other files (${someOf(held)}); name a new or an empty folder`);
}

/**
 * Checks that an import that began in a folder is of this record.
 * @returns whether one began
 * @throws NddrError saying what differs
 */
export async function expectSameImport(dest: string, record: ImportRecord): Promise<boolean> {
  if (!existsSync(join(dest, RECORD))) return false;
  const before = (await readUserJson(join(dest, RECORD))) as Partial<ImportRecord>;
  const differing = (['kind', 'settings', 'sources'] as const).filter((key) => differ(before[key], record[key]));
  if (differing.length === 0) return true;
  const shown = differing.map((key) => `${key} ${JSON.stringify(before[key])}, now ${JSON.stringify(record[key])}`);
  throw new NddrError(
    `${dest}: holds an import of other ${differing.join(' and ')} (${shown.join('; ')}); name another folder, or remove this one`,
  );
}

/** The folder below the destination for archives that are unpacked; it is removed in the end. */
export const asideOf = (dest: string): string => join(dest, ASIDE);

const differ = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);

/** Writes the record, first of all files. */
export const writeRecord = (dest: string, record: ImportRecord): Promise<void> => writeJson(join(dest, RECORD), record);

/** The name of a temporary file that a killed process left. */
const isPart = (name: string): boolean => /^\..*\.([0-9a-f]{8}|[0-9a-f]{16})\.part$/.test(name);

/** Removes temporary files that a killed process left in a folder. */
export async function removeParts(folder: string): Promise<void> {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return [];
    throw cause;
  });
  for (const name of names.filter(isPart)) await rm(join(folder, name), { force: true });
}

/** The last chunk of every PNG. */
const PNG_END = Buffer.from('0000000049454e44ae426082', 'hex');

/**
 * Whether a file is there, and whole. Files appear whole, but they are not flushed one by one, so a power cut may leave
 * short ones: a PNG must have its end, and a copy its size.
 */
export async function isWhole(path: string, file: PlannedFile): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || found.size === 0) return false;
  if (file.size && (await file.size()) !== found.size) return false;
  if (file.size || file.extension !== '.png') return true;
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(12), 0, 12, Math.max(0, found.size - 12));
    return bytesRead === 12 && buffer.equals(PNG_END);
  } finally {
    await handle.close();
  }
}

/** Writes a file of a sample: whole or not at all. @throws NddrError where it cannot be written */
export const place = (path: string, bytes: Uint8Array): Promise<void> => writeWhole(path, [bytes], undefined, false);
