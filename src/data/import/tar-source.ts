// A tar archive as a source: its headers are read once, and its files one by one. A compressed one is unpacked first.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Header, Pax } from 'tar';
import { NddrError } from '../../errors.js';
import { makeFolder, writeError } from '../../files.js';
import { several, someOf } from '../../words.js';
import { expectReadable, type Source } from './source.js';

const BLOCK = 512;
/** Extended headers and long names are read into memory. */
const LARGEST_HEADER = 2 ** 20;

interface Entry {
  readonly at: number;
  readonly size: number;
}

/**
 * Opens a tar archive that is not compressed.
 * @param path the archive
 * @param shown its name for messages, where it is an unpacked copy
 * @throws NddrError where it is damaged, or a name in it leads out of it
 */
export async function openTarSource(path: string, shown = path): Promise<Source> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  const left: string[] = [];
  const entries = await entriesOf(file, size, shown, left).catch(async (cause: unknown) => {
    await file.close();
    throw cause instanceof NddrError ? cause : damaged(shown, (cause as Error).message);
  });
  const names = [...entries.keys()].sort();
  const digest = createHash('sha256');
  for (const name of names) digest.update(`${name}\0${entries.get(name)?.size}\0`);
  const entryOf = (name: string): Entry => {
    const found = entries.get(name);
    if (!found) throw new Error(`no ${name} in ${shown}`);
    return found;
  };
  return {
    path: shown,
    names,
    notes: left.length > 0 ? [`${shown}: ${several(left.length, 'link')} in it left out: ${someOf(left)}`] : [],
    digest: digest.digest('hex'),
    async read(name) {
      const entry = entryOf(name);
      expectReadable(`${shown}/${name}`, entry.size);
      return readAt(file, entry.at, entry.size, shown);
    },
    sizeOf: async (name) => entryOf(name).size,
    pathOf: () => undefined,
    close: () => file.close(),
  };
}

const damaged = (path: string, what: string) =>
  new NddrError(`${path}: the archive cannot be read (${what}); download it again, or unpack it and name the folder`);

async function readAt(file: FileHandle, at: number, bytes: number, shown: string): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let done = 0;
  while (done < bytes) {
    const { bytesRead } = await file.read(buffer, done, bytes - done, at + done);
    if (bytesRead === 0) throw damaged(shown, 'it is cut short');
    done += bytesRead;
  }
  return buffer;
}

/** The files of an archive by name. Folders, hidden files and links are left out; of two files of one name the last. */
async function entriesOf(file: FileHandle, end: number, shown: string, links: string[]): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let extended: Pax | undefined;
  let global: Pax | undefined;
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= end; ) {
    const header = new Header(await readAt(file, at, BLOCK, shown), 0, extended, global);
    if (header.nullBlock) break;
    if (!header.cksumValid) throw damaged(shown, `no header at byte ${at}`);
    const size = header.size ?? 0;
    const data = at + BLOCK;
    if (data + size > end) throw damaged(shown, `it is cut short: "${header.path ?? ''}" should have ${size} bytes`);
    at = data + Math.ceil(size / BLOCK) * BLOCK;
    const { type } = header;
    if (type === 'ExtendedHeader' || type === 'GlobalExtendedHeader' || type === 'NextFileHasLongPath') {
      if (size > LARGEST_HEADER) throw damaged(shown, `a header of ${size} bytes`);
      const text = (await readAt(file, data, size, shown)).toString('utf8');
      if (type === 'ExtendedHeader') extended = Pax.parse(text, extended, false);
      else if (type === 'GlobalExtendedHeader') global = Pax.parse(text, global, true);
      else longName = text.replace(/\0.*$/s, '');
      continue;
    }
    if (type === 'NextFileHasLongLinkpath') continue;
    const name = (longName ?? header.path ?? '').replace(/^(\.\/)+/, '');
    [extended, longName] = [undefined, undefined];
    if (type === 'File' || type === 'OldFile' || type === 'ContiguousFile') {
      const parts = name.split('/');
      if (name.startsWith('/') || name.includes('\\') || parts.includes('..'))
        throw damaged(shown, `the name "${name}" leads out of it`);
      if (!parts.some((part) => part.startsWith('.'))) entries.set(name, { at: data, size });
    } else if (type === 'SymbolicLink' || type === 'Link') links.push(name);
  }
  return entries;
}

/** Unpacked copies may be this many times as large as the archive, and have so many bytes in any case. */
const LARGEST_RATIO = 100;
const FREE_BYTES = 2 ** 26;

/**
 * Opens a compressed tar archive: it is unpacked, as one tar file, into a folder; an unpacked copy that is there
 * already is used.
 * @param folder for the copy; it is removed when the import is complete
 * @throws NddrError where it is damaged or expands without bound, or the disk is full
 */
export async function openCompressedTarSource(path: string, folder: string): Promise<Source> {
  const { size } = statSync(path);
  const copy = join(folder, `${createHash('sha256').update(`${path}\0${size}`).digest('hex').slice(0, 16)}.tar`);
  if (!statSync(copy, { throwIfNoEntry: false })) await unpack(path, size, copy, folder);
  return openTarSource(copy, path);
}

async function unpack(path: string, size: number, copy: string, folder: string): Promise<void> {
  const part = `${copy}.part`;
  const most = Math.max(FREE_BYTES, size * LARGEST_RATIO);
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      const fault =
        bytes > most
          ? new NddrError(`${path}: expands to more than ${LARGEST_RATIO} times its size; no archive of images does`)
          : null;
      done(fault, chunk);
    },
  });
  try {
    await makeFolder(folder);
    await pipeline(createReadStream(path), createGunzip(), count, createWriteStream(part));
    await rename(part, copy);
  } catch (cause) {
    await rm(part, { force: true });
    if (cause instanceof NddrError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code?.startsWith('Z_') || code === 'ERR_BUFFER_TOO_LARGE') throw damaged(path, (cause as Error).message);
    throw writeError(copy, `unpacked from ${path}`, cause);
  }
}
