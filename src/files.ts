/** Writes files that appear complete or not at all, reads files, and throws errors that say what to do. Node only. */
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { NddrError } from './errors.js';

/** Whether a path is a folder, or lies somewhere in it. Both are absolute; links are not followed. */
export function liesWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way.split(sep)[0] !== '..' && !isAbsolute(way);
}

/** The extension of a file that is still being written. One whose process has ended can be deleted. */
export const PART_SUFFIX = '.part';

/** Temporary files that are being written; they are deleted when `process.exit` ends the process. */
const temporaryFiles = new Set<string>();
process.on('exit', () => {
  for (const path of temporaryFiles) rmSync(path, { force: true });
});

/**
 * Writes a file completely or not at all: to a temporary file in the same folder (which is made if needed), flushed to
 * the disk and then renamed. On any failure a file that existed before is unchanged and no temporary file remains.
 * @param check inspects the temporary file; where it throws, the file is not renamed
 * @param flush whether the file is flushed to the disk; without it, a power cut may leave it empty or short
 * @throws NddrError naming the file, its size and what to do; what `check` throws
 */
export async function writeWhole(
  path: string,
  chunks: readonly (Uint8Array | string)[],
  check?: (temporary: string) => Promise<void>,
  flush = true,
): Promise<void> {
  expectReplaceable(path);
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(4).toString('hex')}${PART_SUFFIX}`);
  let checking = false;
  temporaryFiles.add(temporary);
  try {
    await makeFolder(folder);
    const file = await open(temporary, 'wx');
    try {
      for (const chunk of chunks) await file.writeFile(chunk);
      if (flush) await file.sync();
    } finally {
      await file.close();
    }
    checking = true;
    await check?.(temporary);
    checking = false;
    await rename(temporary, path);
    if (flush) await syncFolder(folder);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    if (checking) throw cause;
    const bytes = chunks.reduce((sum, chunk) => sum + Buffer.byteLength(chunk), 0);
    throw writeError(path, `${megabytes(bytes)} MB`, cause);
  } finally {
    temporaryFiles.delete(temporary);
  }
}

/** Writes a value as indented JSON. @throws NddrError as `writeWhole` */
export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeWhole(path, [`${JSON.stringify(value, null, 2)}\n`]);

/**
 * Refuses to replace anything but a file: renaming a file to the name of a device, such as /dev/null, would remove the
 * device.
 */
function expectReplaceable(path: string): void {
  let found: ReturnType<typeof statSync>;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch {
    return; // a part of the path is no folder; the error of the writing says so
  }
  if (!found || found.isFile() || found.isDirectory()) return;
  throw new NddrError(`Cannot write ${path}: it is a device or a pipe, and only a file can be replaced. Name a file.`);
}

/**
 * Checks that the folder of a file that a user names exists: the name may be mistyped.
 * @param option the option that names the file, such as `--out`, for the message
 * @throws NddrError naming the folder
 */
export function expectFolderOf(path: string, option: string): void {
  const folder = dirname(path);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  const what = found ? `${folder} is a file, not a folder` : `there is no folder ${folder}`;
  throw new NddrError(`${option} ${path}: ${what}. Make it first, or name a file in a folder that exists.`);
}

/**
 * Makes a folder and the folders above it. The `recursive` option of Node's `mkdir` never returns where a folder above
 * is missing and cannot be made, as below /proc.
 * @returns the uppermost folder that was made; undefined where all existed
 * @throws the system's error
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const above = dirname(path);
  const first = above === path ? undefined : await makeFolder(above);
  try {
    await mkdir(path);
  } catch (cause) {
    // Another process has made it in the meantime.
    if (codeOf(cause) === 'EEXIST' && statSync(path, { throwIfNoEntry: false })?.isDirectory()) return first;
    throw cause;
  }
  return first ?? path;
}

/** Flushes the folder, so that a new name survives a power cut; Windows and some network disks do not support it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

const megabytes = (bytes: number): string =>
  bytes < 10e6 ? Math.max(bytes / 1e6, 0.001).toFixed(3) : (bytes / 1e6).toFixed(0);

/** The error code of the system, such as `ENOENT`. */
export const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? String(cause);

/** The error about a file that cannot be written. @param what of it was to be written, such as its size */
export function writeError(path: string, what: string, cause: unknown): NddrError {
  const code = codeOf(cause);
  const reasons: Record<string, string> = {
    ENOSPC: 'the disk is full. Free some space or choose a folder on another disk',
    EDQUOT: 'the quota of this disk is used up. Free some space or choose a folder on another disk',
    EFBIG: 'the disk takes no file of this size. Choose a folder on another disk',
    EACCES: 'there is no permission. Choose another folder or change its permissions',
    EPERM: 'there is no permission. Choose another folder or change its permissions',
    EROFS: 'the disk can only be read. Choose another folder',
    EISDIR: 'a folder has this name. Remove it or choose another name',
    ENOTDIR: 'a part of the path is a file, not a folder. Choose another path',
    ENOENT: 'no folder can be made there. Choose another path',
    EEXIST: 'a part of the path is a file, not a folder. Choose another path',
  };
  const reason = reasons[code] ?? `${(cause as Error).message}. Choose another folder`;
  return new NddrError(`Cannot write ${path} (${what}): ${reason}. A file of this name is unchanged.`, { cause });
}

/** The error about a file that cannot be read. */
export function readError(path: string, cause: unknown): NddrError {
  const code = codeOf(cause);
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file. Check the path',
    ENOTDIR: 'a part of the path is a file, not a folder. Check the path',
    EISDIR: 'it is a folder, expected a file. Check the path',
    EACCES: 'there is no permission to read it. Change its permissions',
  };
  return new NddrError(`Cannot read ${path}: ${reasons[code] ?? (cause as Error).message}.`, { cause });
}

/** @throws NddrError when there is no folder of this path */
export function expectFolder(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new NddrError(`${path}: there is no such folder. Check the path.`);
  if (!found.isDirectory()) throw new NddrError(`${path}: is a file, expected a folder. Check the path.`);
}

/** The largest piece that one read call takes. */
const READ_BYTES = 2 ** 30;

/**
 * Reads a file of any size that fits into memory.
 * @throws NddrError when it is missing, a folder, or cannot be read
 */
export async function readWhole(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const bytes = new Uint8Array((await file.stat()).size);
      let at = 0;
      while (at < bytes.length) {
        const { bytesRead } = await file.read(bytes, at, Math.min(READ_BYTES, bytes.length - at));
        if (bytesRead === 0) break; // the file became shorter while it was read; its decoder reports that
        at += bytesRead;
      }
      // A folder can be opened and has a size; this read fails for it, and returns nothing for an empty file.
      if (bytes.length === 0) return await file.readFile();
      return bytes.subarray(0, at);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw readError(path, cause);
  }
}

/** Reads a text file as UTF-8. @throws NddrError as `readWhole` */
export async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readWhole(path));
}

/** Appends bytes before it returns. @throws NddrError when they cannot be written */
export function appendBytes(path: string, bytes: Uint8Array): void {
  try {
    appendFileSync(path, bytes);
  } catch (cause) {
    throw writeError(path, `${bytes.length} bytes more`, cause);
  }
}

/**
 * Appends a value as one line of JSON before it returns. An incomplete last line, left by a process that was killed
 * while it wrote, is removed first.
 * @throws NddrError when the line cannot be written; the file then ends with the line before it
 */
export function appendLine(path: string, value: unknown): void {
  const line = `${JSON.stringify(value)}\n`;
  let size = 0;
  try {
    size = removeIncompleteLine(path);
    appendFileSync(path, line);
  } catch (cause) {
    try {
      truncateSync(path, size);
    } catch {
      // The first error is thrown below; the next call removes the incomplete line.
    }
    throw writeError(path, `${Buffer.byteLength(line)} bytes more`, cause);
  }
}

/** Removes a last line that has no end. @returns the size of the file then; 0 where there is no file */
function removeIncompleteLine(path: string): number {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return 0;
    throw cause;
  }
  let size: number;
  try {
    size = fstatSync(file).size;
    const last = Buffer.alloc(1);
    if (size === 0 || (readSync(file, last, 0, 1, size - 1) === 1 && last[0] === 0x0a)) return size;
  } finally {
    closeSync(file);
  }
  const kept = readFileSync(path).lastIndexOf(0x0a) + 1;
  truncateSync(path, kept);
  return kept;
}

/**
 * Reads a file of JSON lines. An incomplete last line, left by a killed process, is skipped.
 * @throws NddrError when the file cannot be read, or another line is not JSON
 */
export async function readLines(path: string): Promise<unknown[]> {
  const text = await readText(path);
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1)
    .map((line, index) => {
      try {
        return JSON.parse(line) as unknown;
      } catch (cause) {
        const reason = (cause as Error).message;
        throw new NddrError(`${path}, line ${index + 1}, is not JSON: ${reason}. Delete this line.`, { cause });
      }
    });
}
