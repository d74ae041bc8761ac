/**
 * Checkpoints of TensorFlow (version 2 of the format): PREFIX.index, a table of names, and the numbers in
 * PREFIX.data-00000-of-00001 and so on
 * (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/tensor_bundle.proto).
 */
import { NddrError } from '../../errors.js';
import { type StoredDType, tensorOf } from '../stored-tensor.js';
import type { ByteSource, WeightEntry, WeightFile, WeightFormat } from '../weight-file.js';
import { addEntry, claimedShape, damaged, expectBytes, Skipped } from './claims.js';
import { maskedCrc32c } from './crc32c.js';
import { readTable } from './leveldb-table.js';
import { fieldsOf } from './protobuf.js';

/** DataType of tensorflow/core/framework/types.proto. */
const DTYPES: Readonly<Partial<Record<number, StoredDType>>> = {
  1: 'F32',
  2: 'F64',
  3: 'I32',
  4: 'U8',
  5: 'I16',
  6: 'I8',
  9: 'I64',
  10: 'BOOL',
  14: 'BF16',
  17: 'U16',
  19: 'F16',
  22: 'U32',
  23: 'U64',
};
const OTHER_DTYPES: Readonly<Partial<Record<number, string>>> = { 7: 'texts', 20: 'resource', 21: 'variant' };

// The numbers of the fields in tensor_bundle.proto, tensor_shape.proto and versions.proto.
const HEADER = { shards: 1, endianness: 2, version: 3 };
const VERSION = { producer: 1, minConsumer: 2 };
const ENTRY = { dtype: 1, shape: 2, shard: 3, offset: 4, size: 5, crc: 6, slices: 7 };
const SHAPE = { dim: 2, size: 1, unknownRank: 3 };

/** The version of the format that this file reads. */
const BUNDLE_VERSION = 1;

interface BundleEntry {
  dtype: number;
  shard: number;
  offset: number;
  size: number;
  crc: number;
  sliced: boolean;
  dims: bigint[];
}

const DATA_FILE = /\.data-\d{5}-of-\d{5}$/;

/** How many data files there are. @throws NddrError when the header tells of what is not read */
function shardsOf(message: Uint8Array, where: string): number {
  let [shards, big, minConsumer] = [0, false, 0];
  for (const { number, value, bytes } of fieldsOf(message)) {
    if (number === HEADER.shards) shards = Number(value);
    else if (number === HEADER.endianness) big = value !== 0n;
    else if (number === HEADER.version) {
      for (const field of fieldsOf(bytes)) if (field.number === VERSION.minConsumer) minConsumer = Number(field.value);
    }
  }
  if (big) {
    throw new NddrError(`${where} was written on a big-endian machine, which is not read. Save it on another machine.`);
  }
  if (minConsumer > BUNDLE_VERSION) {
    throw new NddrError(
      `${where} is of version ${minConsumer} of the format, and version ${BUNDLE_VERSION} is read. Update nddr.`,
    );
  }
  if (!(shards >= 1 && shards <= 99_999)) throw damaged(where, `it says that it has ${shards} data files`);
  return shards;
}

function entryOf(message: Uint8Array): BundleEntry {
  const entry: BundleEntry = { dtype: 0, shard: 0, offset: 0, size: 0, crc: 0, sliced: false, dims: [] };
  for (const { number, value, bytes } of fieldsOf(message)) {
    if (number === ENTRY.dtype) entry.dtype = Number(value);
    else if (number === ENTRY.shape) entry.dims.push(...shapeOf(bytes));
    else if (number === ENTRY.shard) entry.shard = Number(value);
    else if (number === ENTRY.offset) entry.offset = Number(value);
    else if (number === ENTRY.size) entry.size = Number(value);
    else if (number === ENTRY.crc && bytes.length === 4) {
      entry.crc = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
    } else if (number === ENTRY.slices) entry.sliced = true;
  }
  return entry;
}

function* shapeOf(message: Uint8Array): Generator<bigint> {
  for (const { number, value, bytes } of fieldsOf(message)) {
    if (number === SHAPE.unknownRank && value !== 0n) yield -1n; // no tensor that is stored has it
    if (number !== SHAPE.dim) continue;
    let size = 0n;
    for (const field of fieldsOf(bytes)) if (field.number === SHAPE.size) size = field.value;
    yield size;
  }
}

class BundleReader {
  readonly tensors = new Map<string, WeightEntry>();
  readonly skipped = new Skipped();
  private readonly files = new Map<number, Promise<ByteSource>>();

  constructor(
    private readonly index: ByteSource,
    private readonly shards: number,
  ) {}

  async add(name: string, entry: BundleEntry): Promise<void> {
    const where = this.index.name;
    const dtype = DTYPES[entry.dtype];
    if (!dtype) {
      this.skipped.add(name, OTHER_DTYPES[entry.dtype] ?? `type ${entry.dtype}`);
      return;
    }
    if (entry.sliced) {
      throw new NddrError(
        `${where}: ${name} is partitioned into slices, which is not read. Save the checkpoint without a partitioner.`,
      );
    }
    const shape = claimedShape(entry.dims, name, where);
    expectBytes(entry.size, { name, dtype, shape }, where);
    const data = await this.dataFile(name, entry.shard);
    const { offset, size, crc } = entry;
    if (!(offset >= 0 && offset + size <= data.size)) {
      const ends = `${name} should lie at bytes ${offset} to ${offset + size}, and it has ${data.size}`;
      throw damaged(data.name, `${ends} (as ${where} says)`);
    }
    const read = async () => {
      const bytes = await data.read(offset, size);
      if (maskedCrc32c(bytes) === crc) return tensorOf(dtype, shape, bytes);
      throw damaged(data.name, `the checksum of ${name} differs from its content`);
    };
    addEntry(this.tensors, name, { dtype, shape, read }, where);
  }

  private dataFile(name: string, shard: number): Promise<ByteSource> {
    if (!(shard >= 0 && shard < this.shards)) {
      throw damaged(this.index.name, `${name} lies in data file ${shard}, counted from 0, of ${this.shards}`);
    }
    const known = this.files.get(shard);
    if (known) return known;
    const [number, count] = [shard, this.shards].map((n) => String(n).padStart(5, '0'));
    const opened = this.index.sibling(`${baseOf(this.index.name).replace(/\.index$/, '')}.data-${number}-of-${count}`);
    this.files.set(shard, opened);
    return opened;
  }
}

const baseOf = (path: string) => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

async function open(source: ByteSource): Promise<WeightFile> {
  const index = DATA_FILE.test(source.name)
    ? await source.sibling(baseOf(source.name).replace(DATA_FILE, '.index'))
    : source;
  const where = index.name;
  const entries = await readTable(index);
  const header = entries.next().value;
  if (!header || header.key.length > 0) throw damaged(where, 'its first entry is not the header of a checkpoint');
  const shards = parsed(() => shardsOf(header.value, where), 'its header', where);
  const reader = new BundleReader(index, shards);
  for (const { key, value } of entries) {
    if (key[0] === 0) continue; // a slice of a partitioned tensor, which has an entry of its own
    const name = parsed(() => new TextDecoder('utf-8', { fatal: true }).decode(key), 'a name', where);
    await reader.add(
      name,
      parsed(() => entryOf(value), `the entry of ${name}`, where),
    );
  }
  return {
    format: 'TensorFlow checkpoint',
    tensors: reader.tensors,
    metadata: { shards: String(shards), ...reader.skipped.note() },
  };
}

/** @throws NddrError instead of the errors of the readers of messages and texts */
function parsed<T>(read: () => T, what: string, where: string): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof NddrError) throw cause;
    throw damaged(where, `${what} cannot be read (${(cause as Error).message})`);
  }
}

export const tfCheckpoint: WeightFormat = {
  name: 'TensorFlow checkpoint',
  extensions: ['.index', '.data-00000-of-00001'],
  // The signature of an index lies at its end, and data files have none.
  recognises: (_head, { name }) => DATA_FILE.test(name),
  open,
};
