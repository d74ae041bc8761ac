/** The file format safetensors, in which weights and checkpoints are stored. */
import { NddrError } from '../errors.js';

/** The element types of the format; F16 and BF16 are kept as their 16 bits, BOOL as bytes of 0 and 1. */
interface ArrayOf {
  F64: Float64Array;
  F32: Float32Array;
  F16: Uint16Array;
  BF16: Uint16Array;
  I64: BigInt64Array;
  U64: BigUint64Array;
  I32: Int32Array;
  U32: Uint32Array;
  I16: Int16Array;
  U16: Uint16Array;
  I8: Int8Array;
  U8: Uint8Array;
  BOOL: Uint8Array;
}

export type StoredDType = keyof ArrayOf;

/** One tensor of a file, row-major; `data.length` is the product of `shape`. Narrow `data` by `dtype`. */
export type StoredTensor = {
  [D in StoredDType]: { readonly dtype: D; readonly shape: readonly number[]; readonly data: ArrayOf[D] };
}[StoredDType];

interface ArrayType {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayOf[StoredDType];
}

// Widest first: written in this order, every tensor starts at a multiple of its element size.
const ARRAY_TYPES: Readonly<Record<StoredDType, ArrayType>> = {
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
};

const LENGTH_BYTES = 8;
const METADATA_KEY = '__metadata__';
/** The limit of the reference implementation: a longer header is a sign of a file of another kind. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Writes tensors in the safetensors format (https://huggingface.co/docs/safetensors): the header's length as 8 bytes,
 * little-endian, then the header as JSON, then the tensors' bytes without gaps.
 * @returns the file in pieces; all but the first are views of the tensors' own memory, so write them before it changes
 * @throws NddrError when a tensor's data does not fit its shape, or a tensor is named `__metadata__`
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const order = Object.keys(ARRAY_TYPES);
  const sorted = [...tensors].sort(([, a], [, b]) => order.indexOf(a.dtype) - order.indexOf(b.dtype));
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [[METADATA_KEY, metadata]] : [];
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    if (name === METADATA_KEY) throw new NddrError(`A tensor cannot be named ${METADATA_KEY}: rename it.`);
    if (data.length !== elementsOf(shape)) {
      throw new NddrError(`Tensor ${name}: shape [${shape.join(', ')}] does not fit its ${data.length} numbers.`);
    }
    header.push([name, { dtype, shape, data_offsets: [at, at + data.byteLength] }]);
    chunks.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    at += data.byteLength;
  }
  return [encodeHeader(Object.fromEntries(header)), ...chunks];
}

function encodeHeader(header: unknown): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8; // spaces, so that the tensors start aligned
  const bytes = new Uint8Array(LENGTH_BYTES + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}

export interface SafetensorsFile {
  readonly tensors: Map<string, StoredTensor>;
  readonly metadata: Record<string, string>;
}

/**
 * Reads a safetensors file. Tensors are views of `bytes` where their alignment allows it, copies elsewhere.
 * @param where the file's name, for messages
 * @throws NddrError when the file is cut off, is of another format, or contradicts itself
 */
export function decodeSafetensors(bytes: Uint8Array, where: string): SafetensorsFile {
  const { header, start } = readHeader(bytes, where);
  const metadata = readMetadata(header[METADATA_KEY], where);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA_KEY)
    .map(([name, value]) => readEntry(name, value, where));
  checkLayout(entries, bytes.length - start, where);
  return {
    tensors: new Map(entries.map((entry) => [entry.name, readTensor(bytes, start, entry)])),
    metadata,
  };
}

interface Entry {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const damaged = (where: string, what: string) =>
  new NddrError(`${where} is damaged: ${what}. Copy or download it again, or use an earlier file.`);

const otherFormat = (where: string, what: string) =>
  new NddrError(`${where} is not a safetensors file: ${what}. Check that it is the file you meant.`);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const elementsOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

function readHeader(bytes: Uint8Array, where: string): { header: Record<string, unknown>; start: number } {
  if (bytes.length < LENGTH_BYTES) {
    throw damaged(where, `it has ${bytes.length} bytes, and a safetensors file begins with 8 for the header's length`);
  }
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES) throw otherFormat(where, `its first 8 bytes give a header of ${length} bytes`);
  const start = LENGTH_BYTES + length;
  if (start > bytes.length) {
    throw damaged(where, `it is cut off: its header should end at byte ${start}, the file ends at ${bytes.length}`);
  }
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(LENGTH_BYTES, start)));
  } catch (cause) {
    throw otherFormat(where, `its header is not JSON (${(cause as Error).message})`);
  }
  if (!isRecord(header)) throw otherFormat(where, 'its header is not a JSON object');
  return { header, start };
}

function readMetadata(value: unknown = {}, where: string): Record<string, string> {
  if (!isRecord(value) || Object.values(value).some((text) => typeof text !== 'string')) {
    throw damaged(where, `${METADATA_KEY} in its header should hold texts only`);
  }
  return value as Record<string, string>;
}

function readEntry(name: string, value: unknown, where: string): Entry {
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  if (typeof dtype !== 'string' || !Object.hasOwn(ARRAY_TYPES, dtype)) {
    const known = Object.keys(ARRAY_TYPES).join(', ');
    throw new NddrError(
      `${where}: tensor ${name} has dtype ${JSON.stringify(dtype)}; known are ${known}. Convert it first.`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount) || !Number.isSafeInteger(elementsOf(shape))) {
    throw damaged(where, `tensor ${name} has shape ${JSON.stringify(shape)}, which should be a list of sizes`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw damaged(where, `tensor ${name} has data_offsets ${JSON.stringify(offsets)}, which should be [begin, end]`);
  }
  const [begin, end] = offsets;
  const size = elementsOf(shape) * ARRAY_TYPES[dtype as StoredDType].BYTES_PER_ELEMENT;
  if (end - begin !== size) {
    const wanted = `${dtype} [${shape.join(', ')}] takes ${size} bytes`;
    throw damaged(where, `tensor ${name} spans bytes ${begin} to ${end}, but ${wanted}`);
  }
  return { name, dtype: dtype as StoredDType, shape, begin, end };
}

/** The format wants the tensors to cover the data exactly: no gap, no overlap, nothing left over. */
function checkLayout(entries: readonly Entry[], dataBytes: number, where: string): void {
  let at = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < at) throw damaged(where, `tensor ${name} begins at byte ${begin}, inside the tensor before it`);
    if (begin > at) throw damaged(where, `bytes ${at} to ${begin} before tensor ${name} belong to no tensor`);
    if (end > dataBytes) {
      throw damaged(where, `it is cut off: tensor ${name} ends at byte ${end} of the data, which has ${dataBytes}`);
    }
    at = end;
  }
  if (at < dataBytes) throw damaged(where, `${dataBytes - at} bytes at its end belong to no tensor`);
}

function readTensor(bytes: Uint8Array, start: number, { dtype, shape, begin, end }: Entry): StoredTensor {
  const Type = ARRAY_TYPES[dtype];
  const part = bytes.subarray(start + begin, start + end);
  const view = part.byteOffset % Type.BYTES_PER_ELEMENT === 0 ? part : new Uint8Array(part);
  const data = new Type(view.buffer, view.byteOffset, (end - begin) / Type.BYTES_PER_ELEMENT);
  return { dtype, shape, data } as StoredTensor;
}
