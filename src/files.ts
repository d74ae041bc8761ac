/** Files that appear whole or not at all, and errors that say what to do. Node only. */
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
import { basename, dirname, join } from 'node:path';
import { NddrError } from './errors.js';

/** The ending of a file that is still being written; one that outlives its writer can be deleted. */
export const PART_SUFFIX = '.part';

/** Files that are being written aside: gone as well when the process is ended by `process.exit`. */
const asides = new Set<string>();
process.on('exit', () => {
  for (const aside of asides) rmSync(aside, { force: true });
});

/**
 * Writes a file whole: aside in the same folder (which is made if need be), to the disk, and then renamed into place.
 * On any failure the file that was there before stays as it was and nothing is left aside.
 * @param check looks at the file while it is still aside; where it throws, the file is not put into place
 * @throws NddrError naming the file, its size and what to do; what `check` throws
 */
export async function writeWhole(
  path: string,
  chunks: readonly (Uint8Array | string)[],
  check?: (aside: string) => Promise<void>,
): Promise<void> {
  expectFileOrNothing(path);
  const folder = dirname(path);
  const aside = join(folder, `.${basename(path)}.${randomBytes(4).toString('hex')}${PART_SUFFIX}`);
  let checking = false;
  asides.add(aside);
  try {
    await makeFolder(folder);
    const file = await open(aside, 'wx');
    try {
      for (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    checking = true;
    await check?.(aside);
    checking = false;
    await rename(aside, path);
    await syncFolder(folder);
  } catch (cause) {
    await rm(aside, { force: true }).catch(() => {});
    if (checking) throw cause;
    const bytes = chunks.reduce((sum, chunk) => sum + Buffer.byteLength(chunk), 0);
    throw writeError(path, `${megabytes(bytes)} MB`, cause);
  } finally {
    asides.delete(aside);
  }
}

/** Writes a value as JSON that people can read. @throws NddrError as `writeWhole` */
export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeWhole(path, [`${JSON.stringify(value, null, 2)}\n`]);

/** What takes a name takes the place of what had it: a device, such as /dev/null, would be gone for everybody. */
function expectFileOrNothing(path: string): void {
  let found: ReturnType<typeof statSync>;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch {
    return; // a part of the path is in the way, which writing will tell
  }
  if (!found || found.isFile() || found.isDirectory()) return;
  throw new NddrError(`Cannot write ${path}: it is a device or a pipe, and only a file can be replaced. Name a file.`);
}

/**
 * A file that a user names is not put into a folder that is not there: the name may be mistyped.
 * @param option what named it, such as `--out`
 * @throws NddrError naming the folder
 */
export function expectFolderOf(path: string, option: string): void {
  const folder = dirname(path);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  const what = found ? `${folder} is a file, not a folder` : `there is no folder ${folder}`;
  throw new NddrError(`${option} ${path}: ${what}. Make it first, or name a file in a folder that is there.`);
}

/**
 * Makes a folder with those above it. Node's own `mkdir` with `recursive` never ends where the system knows no folder
 * above and yet takes none, as below /proc.
 * @returns the first folder that was made; undefined where all were there
 * @throws the system's error
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const above = dirname(path);
  const first = above === path ? undefined : await makeFolder(above);
  try {
    await mkdir(path);
  } catch (cause) {
    // Another process was faster.
    if (codeOf(cause) === 'EEXIST' && statSync(path, { throwIfNoEntry: false })?.isDirectory()) return first;
    throw cause;
  }
  return first ?? path;
}

/** Makes the new name itself survive a power cut, where the system can (Windows and some network disks cannot). */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

const megabytes = (bytes: number): string =>
  bytes < 10e6 ? Math.max(bytes / 1e6, 0.001).toFixed(3) : (bytes / 1e6).toFixed(0);

/** The system's name of a failure, such as `ENOENT`. */
export const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? String(cause);

/** What to tell of a failure to write. @param what of it was to be written, such as its size */
export function writeError(path: string, what: string, cause: unknown): NddrError {
  const code = codeOf(cause);
  const reasons: Record<string, string> = {
    ENOSPC: 'the disk is full. Free some space or choose a folder on another disk',
    EDQUOT: 'the quota of this disk is used up. Free some space or choose a folder on another disk',
    EFBIG: 'the disk takes no file of this size. Choose a folder on another disk',
    EACCES: 'there is no permission. Choose another folder or change its permissions',
    EPERM: 'there is no permission. Choose another folder or change its permissions',
    EROFS: 'the disk can only be read. Choose another folder',
    EISDIR: 'a folder of this name is in the way. Remove it or choose another name',
    ENOTDIR: 'a part of the path is a file, not a folder. Choose another path',
    ENOENT: 'no folder can be made there. Choose another path',
    EEXIST: 'a part of the path is a file, not a folder. Choose another path',
  };
  const reason = reasons[code] ?? `${(cause as Error).message}. Choose another folder`;
  return new NddrError(`Cannot write ${path} (${what}): ${reason}. What was there before is unchanged.`, { cause });
}

function readError(path: string, cause: unknown): NddrError {
  const code = codeOf(cause);
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file. Check the path',
    ENOTDIR: 'a part of the path is a file, not a folder. Check the path',
    EISDIR: 'it is a folder, and a file is wanted. Check the path',
    EACCES: 'there is no permission to read it. Change its permissions',
  };
  return new NddrError(`Cannot read ${path}: ${reasons[code] ?? (cause as Error).message}.`, { cause });
}

/** @throws NddrError when there is no folder of this path */
export function expectFolder(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new NddrError(`${path}: there is no such folder. Check the path.`);
  if (!found.isDirectory()) throw new NddrError(`${path}: is a file, and a folder is wanted. Check the path.`);
}

/** The largest piece that one read call takes. */
const READ_BYTES = 2 ** 30;

/**
 * Reads a file of any size that memory holds.
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
        if (bytesRead === 0) break; // it was cut while we read: whoever decodes it will say so
        at += bytesRead;
      }
      // A folder opens and has a size, and fails only here; an empty file is as it is.
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

/**
 * Adds a value as one line of JSON, at once and in the order of the calls. A torn last line, left by a process that
 * was killed while it wrote, is removed first.
 * @throws NddrError when the line cannot be written; the file then ends with the line before it
 */
export function appendLine(path: string, value: unknown): void {
  const line = `${JSON.stringify(value)}\n`;
  let size = 0;
  try {
    size = removeTornLine(path);
    appendFileSync(path, line);
  } catch (cause) {
    try {
      truncateSync(path, size);
    } catch {
      // The first failure is the one to tell of; a torn line is removed by the next call.
    }
    throw writeError(path, `${Buffer.byteLength(line)} bytes more`, cause);
  }
}

/** @returns the size of the file that is left, 0 where there is none */
function removeTornLine(path: string): number {
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
 * Reads a file of JSON lines. A last line without its end, torn by a killed process, is left out.
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
