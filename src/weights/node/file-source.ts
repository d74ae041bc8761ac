/** Files on the disk, read in parts. */
import { open, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { NddrError } from '../../errors.js';
import { codeOf, liesWithin, readError } from '../../files.js';
import type { ByteSource } from '../weight-file.js';

/** The largest piece that one read call takes. */
const READ_BYTES = 2 ** 30;

/**
 * A file as a source of bytes. It is opened for each reading only, so a source needs no closing.
 * @throws NddrError when there is no such file, it is no file, or it cannot be read
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const { size, mtimeMs } = await statFile(path);
  return {
    name: path,
    size,
    read: (offset, length) => readPart(path, { size, mtimeMs }, offset, length),
    sibling: async (name) => fileSource(await siblingPath(path, name)),
  };
}

async function statFile(path: string) {
  const found = await stat(path).catch((cause: unknown) => {
    throw readError(path, cause);
  });
  if (found.isFile()) return found;
  const what = found.isDirectory() ? 'a folder' : 'a device or a pipe';
  throw new NddrError(`Cannot read ${path}: it is ${what}, expected a file. Check the path.`);
}

/** As the file was when the source was made. */
interface Known {
  readonly size: number;
  readonly mtimeMs: number;
}

async function readPart(path: string, known: Known, offset: number, length: number): Promise<Uint8Array> {
  const isPart = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!isPart || offset + length > known.size) {
    const wanted = `bytes ${offset} to ${offset + length} are wanted`;
    throw new NddrError(`${path} is damaged: ${wanted}, and it has ${known.size}. Copy or download it again.`);
  }
  let bytes: Uint8Array;
  let [at, changed] = [0, false];
  try {
    const file = await open(path, 'r');
    try {
      const { size, mtimeMs } = await file.stat();
      changed = size !== known.size || mtimeMs !== known.mtimeMs;
      bytes = new Uint8Array(length);
      while (!changed && at < length) {
        const { bytesRead } = await file.read(bytes, at, Math.min(READ_BYTES, length - at), offset + at);
        changed = bytesRead === 0;
        at += bytesRead;
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new NddrError(`${path}: ${length} bytes at once do not fit into memory.`, { cause });
    }
    throw readError(path, cause);
  }
  if (changed) throw new NddrError(`${path} changed while it was read. Try again when it is complete.`);
  return bytes;
}

/**
 * The path of a file beside another one, or in a folder below. A file of weights may come from a stranger, and must not
 * reach what lies elsewhere: neither by `..`, nor by a symbolic link.
 */
async function siblingPath(path: string, name: string): Promise<string> {
  const folder = dirname(path);
  const refused = (what: string) =>
    new NddrError(`${path} names the file ${JSON.stringify(name)}, ${what}. Only files in its folder are read.`);
  if (name === '' || name.includes('\0')) throw refused('which is no name of a file');
  const parts = name.split(/[\\/]/);
  if (isAbsolute(name) || /^[A-Za-z]:/.test(name) || parts.includes('..')) {
    throw refused(`which leads out of the folder ${folder}`);
  }
  const beside = join(folder, name);
  try {
    if (!liesWithin(await realpath(folder), await realpath(beside))) {
      throw refused(`a symbolic link that leads out of the folder ${folder}. Copy the file there instead of the link`);
    }
  } catch (cause) {
    if (cause instanceof NddrError) throw cause;
    if (codeOf(cause) !== 'ENOENT') throw readError(beside, cause);
    throw new NddrError(`${path} needs the file ${beside}, which does not exist. Copy it there as well.`, { cause });
  }
  return beside;
}
