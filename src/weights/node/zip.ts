/**
 * Zip archives, read by their directory (APPNOTE.TXT of PKWARE): entries stored or deflated, also of zip64. An entry is
 * read where it lies, so an archive larger than the memory can be opened.
 */
import { NddrError } from '../../errors.js';
import { shownName } from '../../words.js';
import type { ByteSource } from '../weight-file.js';
import { crc32 } from './crc32.js';
import { inflatePart } from './inflate.js';
import { readDirectory, type ZipEntry } from './zip-directory.js';

export type { ZipEntry } from './zip-directory.js';

const LOCAL_HEADER = 0x04034b50;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
/** Deflated entries are inflated into memory as a whole; stored ones have no limit. */
const MAX_INFLATED = 2 ** 31;

export class ZipArchive {
  /**
   * Opens an archive and checks its directory against the size of the file.
   * @throws NddrError when it is cut off, contradicts itself, or claims more than it can hold
   */
  static async open(source: ByteSource): Promise<ZipArchive> {
    return new ZipArchive(source, await readDirectory(source));
  }

  private constructor(
    private readonly source: ByteSource,
    /** The files of the archive by name. */
    readonly entries: ReadonlyMap<string, ZipEntry>,
  ) {}

  /** The content of an entry. @throws NddrError when it is damaged; its checksum tells */
  async read(entry: ZipEntry): Promise<Uint8Array> {
    const bytes = await this.readPart(entry, 0, entry.size);
    if (crc32(bytes) === entry.crc) return bytes;
    throw this.damaged(entry, 'its checksum does not fit its content');
  }

  /**
   * A part of the content of an entry. Of a deflated one, what is before the part is inflated as well. The checksum is
   * not checked, unless the part is the whole.
   */
  async readPart(entry: ZipEntry, offset: number, length: number): Promise<Uint8Array> {
    if (offset < 0 || length < 0 || offset + length > entry.size) {
      throw this.damaged(entry, `bytes ${offset} to ${offset + length} are wanted, and it has ${entry.size}`);
    }
    if (entry.flags & ENCRYPTED) throw this.refused(entry, 'is encrypted', 'Save it without a password.');
    const start = await this.dataStart(entry);
    if (entry.method === STORED) return await this.source.read(start + offset, length);
    if (entry.method !== DEFLATED) {
      throw this.refused(entry, `is compressed by method ${entry.method}`, 'Save it stored or deflated.');
    }
    if (offset + length > MAX_INFLATED) {
      throw this.refused(entry, `takes ${entry.size} bytes when inflated`, 'Save it without compression.');
    }
    const { bytes, more } = await inflatePart(this.source, start, entry.compressedSize, offset, length).catch(
      (cause: unknown) => {
        if (cause instanceof NddrError) throw cause;
        throw this.damaged(entry, `it cannot be inflated (${(cause as Error).message})`);
      },
    );
    if (bytes.length < length) {
      throw this.damaged(entry, `it should inflate to ${entry.size} bytes and ends after ${offset + bytes.length}`);
    }
    if (offset + length === entry.size && more)
      throw this.damaged(entry, `it inflates to more than ${entry.size} bytes`);
    return bytes;
  }

  /** Where the content of an entry begins: after its own header, which repeats the name. */
  private async dataStart(entry: ZipEntry): Promise<number> {
    const header = await this.source.read(entry.headerOffset, LOCAL_BYTES);
    const view = new DataView(header.buffer, header.byteOffset, header.length);
    if (view.getUint32(0, true) !== LOCAL_HEADER) throw this.damaged(entry, 'its header is not where it should be');
    const start = entry.headerOffset + LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
    if (start + entry.compressedSize > this.source.size) throw this.damaged(entry, 'it ends after the end of the file');
    return start;
  }

  private damaged = (entry: ZipEntry, what: string) =>
    new NddrError(
      `${this.source.name} is damaged: its entry ${shownName(entry.name)}: ${what}. Copy or download it again.`,
    );

  private refused = (entry: ZipEntry, what: string, wayOut: string) =>
    new NddrError(`${this.source.name}: its entry ${shownName(entry.name)} ${what}, which is not read. ${wayOut}`);
}
