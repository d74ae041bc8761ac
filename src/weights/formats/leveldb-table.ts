/**
 * Tables of sorted keys and values, as LevelDB keeps them (https://github.com/google/leveldb/blob/main/doc/table_format.md).
 * TensorFlow's indices of checkpoints are such.
 */
import { NddrError } from '../../errors.js';
import type { ByteSource } from '../weight-file.js';
import { damaged } from './claims.js';
import { maskedCrc32c } from './crc32c.js';
import { varints } from './protobuf.js';

const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
/** After each block: its compression, and a checksum. */
const TRAILER_BYTES = 5;
/** An index of a hundred thousand tensors takes some ten megabytes. */
const MAX_TABLE_BYTES = 100_000_000;
const MAX_ENTRIES = 200_000;
const MAX_KEY_BYTES = 65_536;
const COMPRESSIONS: Readonly<Record<number, string>> = { 1: 'Snappy', 2: 'Zstandard' };

interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * Reads the entries of a table, in their order. Checksums of all blocks are compared.
 * @throws NddrError when it is no table; while its entries are read, when it is damaged or compressed
 */
export async function readTable(source: ByteSource): Promise<Generator<Entry, undefined>> {
  const { name: where, size } = source;
  if (size > MAX_TABLE_BYTES) {
    throw new NddrError(`${where} has ${size} bytes, and an index of a checkpoint at most ${MAX_TABLE_BYTES}.`);
  }
  const bytes = await source.read(0, size);
  const magic = size < FOOTER_BYTES ? undefined : viewOf(bytes).getBigUint64(size - 8, true);
  if (magic !== MAGIC) {
    throw new NddrError(
      `${where} is not an index of a TensorFlow checkpoint, or it is cut off: it does not end with the bytes of one. ` +
        'Copy it again, or check that it is the file you meant.',
    );
  }
  // The footer has the place of a block that describes others, and then that of the index.
  const [, , offset, length] = handles(bytes.subarray(size - FOOTER_BYTES, size - 8), 4, where);
  return entriesOf(bytes, offset, length, where);
}

/** All entries of the blocks that an index names. */
function* entriesOf(bytes: Uint8Array, offset: number, length: number, where: string): Generator<Entry, undefined> {
  let count = 0;
  for (const { value } of block(bytes, offset, length, where)) {
    const [at, bytesOfBlock] = handles(value, 2, where);
    for (const entry of block(bytes, at, bytesOfBlock, where)) {
      if (++count > MAX_ENTRIES) throw damaged(where, `it has more than ${MAX_ENTRIES} entries`);
      yield entry;
    }
  }
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The first varints of some bytes. */
function handles(bytes: Uint8Array, count: number, where: string): number[] {
  const found: number[] = [];
  try {
    for (const number of varints(bytes)) {
      if (found.push(Number(number)) === count) return found;
    }
  } catch {
    // Told below.
  }
  throw damaged(where, 'the place of a block is cut off');
}

/**
 * The entries of one block. A key is stored without what it shares with the key before it. At the end stand the places
 * of the keys that are stored whole, as 4 bytes each, and their count: they serve searches, and are skipped here.
 */
function* block(file: Uint8Array, offset: number, length: number, where: string): Generator<Entry> {
  const end = offset + length;
  if (!(offset >= 0 && length >= 4 && end + TRAILER_BYTES <= file.length)) {
    throw damaged(where, `a block should lie at bytes ${offset} to ${end}, and it has ${file.length}`);
  }
  const view = viewOf(file);
  if (view.getUint32(end + 1, true) !== maskedCrc32c(file.subarray(offset, end + 1))) {
    throw damaged(where, `the checksum of the block at byte ${offset} differs from its content`);
  }
  const compression = file[end];
  if (compression !== 0) {
    throw new NddrError(
      `${where} is compressed (${COMPRESSIONS[compression] ?? `type ${compression}`}), which TensorFlow does not do and ` +
        'this program does not read. Save the checkpoint with TensorFlow again.',
    );
  }
  const restarts = view.getUint32(end - 4, true);
  const limit = end - 4 - 4 * restarts;
  if (limit < offset) throw damaged(where, `the block at byte ${offset} has ${restarts} restarts, more than fit`);
  let key: Uint8Array = new Uint8Array();
  for (let at = offset; at < limit; ) {
    const lengths = entryLengths(file.subarray(at, limit));
    const begin = at + (lengths?.bytes ?? 0);
    if (
      !lengths ||
      lengths.shared > key.length ||
      lengths.shared + lengths.own > MAX_KEY_BYTES ||
      begin + lengths.own + lengths.value > limit
    ) {
      throw damaged(where, `the entry at byte ${at} does not fit its block`);
    }
    const { shared, own, value } = lengths;
    const whole = new Uint8Array(shared + own);
    whole.set(key.subarray(0, shared));
    whole.set(file.subarray(begin, begin + own), shared);
    key = whole;
    at = begin + own + value;
    yield { key, value: file.subarray(begin + own, at) };
  }
}

/** Three varints at the start of an entry; undefined when they are damaged. */
function entryLengths(bytes: Uint8Array) {
  const numbers: number[] = [];
  let at = 0;
  while (numbers.length < 3) {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= bytes.length || shift > 28) return undefined;
      const byte = bytes[at++];
      number += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    numbers.push(number);
  }
  const [shared, own, value] = numbers;
  return { shared, own, value, bytes: at };
}
