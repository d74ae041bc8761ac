/** The directory at the end of a zip archive. */
import { NddrError } from '../../errors.js';
import { shownName } from '../../words.js';
import type { ByteSource } from '../weight-file.js';

export interface ZipEntry {
  readonly name: string;
  readonly flags: number;
  /** How it is compressed: 0 is stored, 8 is deflated. */
  readonly method: number;
  /** The CRC-32 of the content. */
  readonly crc: number;
  /** In the file. */
  readonly compressedSize: number;
  /** Of the content. */
  readonly size: number;
  /** Where the entry's own header begins. */
  readonly headerOffset: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const LOCATOR64 = 0x07064b50;
const LOCATOR64_BYTES = 20;
const END64 = 0x06064b50;
const END64_BYTES = 56;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const EXTRA64 = 1;
const [IN_64_BITS, COUNT_IN_64_BITS] = [0xffffffff, 0xffff];
/** Room for more than a hundred thousand entries. */
const MAX_DIRECTORY_BYTES = 16_000_000;
/** Deflate writes at least one bit for 258 bytes that it repeats, and so at most 1032 bytes for one. */
const MOST_PER_BYTE = 1032;

const damaged = (where: string, what: string) =>
  new NddrError(`${where} is damaged: ${what}. Copy or download it again.`);

/** @throws NddrError when the directory is missing, contradicts itself or the size of the file */
export async function readDirectory(source: ByteSource): Promise<Map<string, ZipEntry>> {
  const where = source.name;
  const { offset, bytes, count } = await findDirectory(source);
  if (bytes > MAX_DIRECTORY_BYTES) {
    throw new NddrError(`${where}: its zip directory takes ${bytes} bytes; at most ${MAX_DIRECTORY_BYTES} are read.`);
  }
  const directory = await source.read(offset, bytes);
  const view = new DataView(directory.buffer, directory.byteOffset, directory.length);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > bytes || view.getUint32(at, true) !== ENTRY) {
      throw damaged(where, `its zip directory should list ${count} entries and ends after ${i}`);
    }
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const end = at + ENTRY_BYTES + nameBytes + extraBytes + commentBytes;
    if (end > bytes) throw damaged(where, 'an entry of its zip directory is cut off');
    const nameEnd = at + ENTRY_BYTES + nameBytes;
    const name = new TextDecoder().decode(directory.subarray(at + ENTRY_BYTES, nameEnd));
    const entry: ZipEntry = {
      name,
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      ...sizesOf(view, at, nameEnd, nameEnd + extraBytes),
    };
    checkEntry(entry, offset, where);
    if (entries.has(name)) throw damaged(where, `it has two entries named ${shownName(name)}`);
    entries.set(name, entry);
    at = end;
  }
  return entries;
}

interface Directory {
  readonly offset: number;
  readonly bytes: number;
  readonly count: number;
}

/** Looks for the end record from the end of the file on: a comment may follow it. */
async function findDirectory(source: ByteSource): Promise<Directory> {
  const { name: where, size } = source;
  const length = Math.min(size, END_BYTES + LONGEST_COMMENT);
  const tail = await source.read(size - length, length);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  for (let at = length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END || at + END_BYTES + view.getUint16(at + 20, true) !== length) continue;
    const end = size - length + at;
    const [count, bytes, offset] = [
      view.getUint16(at + 10, true),
      view.getUint32(at + 12, true),
      view.getUint32(at + 16, true),
    ];
    const wide = count === COUNT_IN_64_BITS || bytes === IN_64_BITS || offset === IN_64_BITS;
    const found = wide ? await findDirectory64(source, end) : { offset, bytes, count };
    if (found.offset + found.bytes <= end) return found;
    throw damaged(where, 'its zip directory ends after the end of the file');
  }
  throw damaged(where, 'it is a zip archive that is cut off: the directory at its end is missing');
}

/** The directory of a zip64 archive: the record before the end tells where the wide end record is. */
async function findDirectory64(source: ByteSource, end: number): Promise<Directory> {
  const fault = damaged(source.name, 'the zip64 records at its end are missing');
  if (end < LOCATOR64_BYTES + END64_BYTES) throw fault;
  const locator = await viewOf(source, end - LOCATOR64_BYTES, LOCATOR64_BYTES);
  if (locator.getUint32(0, true) !== LOCATOR64) throw fault;
  const at = readWide(locator, 8);
  if (at > end - LOCATOR64_BYTES - END64_BYTES) throw fault;
  const record = await viewOf(source, at, END64_BYTES);
  if (record.getUint32(0, true) !== END64) throw fault;
  return { count: readWide(record, 32), bytes: readWide(record, 40), offset: readWide(record, 48) };
}

async function viewOf(source: ByteSource, offset: number, length: number): Promise<DataView> {
  const bytes = await source.read(offset, length);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A number of 64 bits. Above 2^53 it is not exact, and far beyond any file, which the checks find. */
const readWide = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

/** Sizes and place of an entry: in 32 bits, or where these are all ones, in 64 bits of the extra field. */
function sizesOf(view: DataView, at: number, extra: number, extraEnd: number) {
  let [wide, wideEnd] = [0, 0];
  for (let field = extra; field + 4 <= extraEnd; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== EXTRA64) continue;
    [wide, wideEnd] = [field + 4, Math.min(extraEnd, field + 4 + view.getUint16(field + 2, true))];
    break;
  }
  // The extra field holds those numbers only that do not fit, in this order.
  const [size, compressedSize, headerOffset] = [24, 20, 42].map((place) => {
    const narrow = view.getUint32(at + place, true);
    if (narrow !== IN_64_BITS || wide + 8 > wideEnd) return narrow;
    wide += 8;
    return readWide(view, wide - 8);
  });
  return { size, compressedSize, headerOffset };
}

/** Finds lies about sizes before anything is allocated. @param directory where the directory begins */
function checkEntry({ name, method, compressedSize, size, headerOffset }: ZipEntry, directory: number, where: string) {
  const entry = `its entry ${shownName(name)}`;
  if (headerOffset + LOCAL_BYTES + compressedSize > directory) {
    throw damaged(where, `${entry} of ${compressedSize} bytes ends after the end of the file`);
  }
  if (method === 0 ? size !== compressedSize : size > (compressedSize + 1) * MOST_PER_BYTE) {
    throw damaged(where, `${entry} claims ${size} bytes, which ${compressedSize} in the file cannot hold`);
  }
}
