// A zip archive as a source: its files are read one by one, in any order, without unpacking it.
import { createHash } from 'node:crypto';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { NddrError } from '../../errors.js';
import { several, someOf } from '../../words.js';
import { expectReadable, type Source } from './source.js';

/** Opens a zip archive. @throws NddrError where it is damaged, or a name in it leads out of it */
export async function openZipSource(path: string): Promise<Source> {
  const damaged = (cause: unknown) =>
    new NddrError(
      `${path}: the archive cannot be read (${(cause as Error).message}); download it again, or unpack it and name the folder`,
      { cause },
    );
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false }).catch((cause: unknown) => {
    throw damaged(cause);
  });
  const links: string[] = [];
  const entries = await entriesOf(zip, links).catch((cause: unknown) => {
    zip.close();
    throw damaged(cause);
  });
  const names = [...entries.keys()].sort();
  const digest = createHash('sha256');
  for (const name of names) digest.update(`${name}\0${entries.get(name)?.uncompressedSize}\0`);
  const entry = (name: string): Entry => {
    const found = entries.get(name);
    if (!found) throw new Error(`no ${name} in ${path}`);
    return found;
  };
  return {
    path,
    names,
    notes: links.length > 0 ? [`${path}: ${several(links.length, 'link')} in it left out: ${someOf(links)}`] : [],
    digest: digest.digest('hex'),
    async read(name) {
      const found = entry(name);
      expectReadable(`${path}/${name}`, found.uncompressedSize);
      try {
        return await inflate(zip, found);
      } catch (cause) {
        throw new NddrError(
          `${path}/${name}: cannot be read from the archive (${(cause as Error).message}); download the archive again`,
          { cause },
        );
      }
    },
    sizeOf: async (name) => entry(name).uncompressedSize,
    pathOf: () => undefined,
    close: async () => zip.close(),
  };
}

const LINK = 0o120000;
const TYPE = 0o170000;

/** The files of an archive by name. Its folders, hidden files and links are left out. */
async function entriesOf(zip: ZipFile, links: string[]): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName;
    const isHidden = name.split('/').some((part) => part.startsWith('.') || part === '__MACOSX');
    if (((entry.externalFileAttributes >>> 16) & TYPE) === LINK) links.push(name);
    else if (entries.has(name)) throw new Error(`it holds two files "${name}"`);
    else if (!name.endsWith('/') && !isHidden) entries.set(name, entry);
  }
  return entries;
}

/** The bytes of an entry. yauzl ends with an error where it holds more or fewer bytes than its header says. */
async function inflate(zip: ZipFile, entry: Entry): Promise<Uint8Array> {
  const stream = await zip.openReadStreamPromise(entry);
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
