/** The file format safetensors, in which weights and checkpoints are stored. */
import { NddrError } from '../errors.js';
import { elementsOf } from '../npy.js';
import {
  bytesPerElement,
  isShape,
  isStoredDType,
  STORED_DTYPES,
  type StoredDType,
  type StoredTensor,
  tensorOf,
} from './stored-tensor.js';

export type { StoredDType, StoredTensor } from './stored-tensor.js';

/** The length of the header stands in so many bytes at the beginning of the file. */
export const LENGTH_BYTES = 8;
const METADATA_KEY = '__metadata__';
/** Room for a hundred thousand tensors. A longer header is a sign of a file of another kind, or of one made to harm. */
const MAX_HEADER_BYTES = 16_000_000;

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
  const sorted = [...tensors].sort(([, a], [, b]) => STORED_DTYPES.indexOf(a.dtype) - STORED_DTYPES.indexOf(b.dtype));
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
  const start = headerEnd(bytes.subarray(0, LENGTH_BYTES), bytes.length, where);
  const { entries, metadata } = readHeader(bytes.subarray(LENGTH_BYTES, start), bytes.length - start, where);
  const tensors = entries.map(({ name, dtype, shape, begin, end }): [string, StoredTensor] => [
    name,
    tensorOf(dtype, shape, bytes.subarray(start + begin, start + end)),
  ]);
  return { tensors: new Map(tensors), metadata };
}

/** Where a tensor lies: from `begin` to `end` of the data, which follows the header. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * The byte of the file at which its header ends and its data begins.
 * @param first the first 8 bytes of the file, or all where it has less
 * @param size the bytes of the whole file
 * @throws NddrError when the file is cut off or of another format
 */
export function headerEnd(first: Uint8Array, size: number, where: string): number {
  if (first.length < LENGTH_BYTES) {
    throw damaged(where, `it has ${first.length} bytes, and a safetensors file begins with 8 for the header's length`);
  }
  const length = Number(new DataView(first.buffer, first.byteOffset, LENGTH_BYTES).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES) {
    const most = `and at most ${MAX_HEADER_BYTES} are read`;
    throw otherFormat(where, `its first 8 bytes give a header of ${length} bytes, ${most}`);
  }
  const end = LENGTH_BYTES + length;
  if (end <= size) return end;
  throw damaged(where, `it is cut off: its header should end at byte ${end}, the file ends at ${size}`);
}

/**
 * Reads a header.
 * @param bytes the header without its length
 * @param dataBytes how many bytes follow it
 * @throws NddrError when it is no header, or contradicts itself or the size of the data
 */
export function readHeader(
  bytes: Uint8Array,
  dataBytes: number,
  where: string,
): { entries: SafetensorsEntry[]; metadata: Record<string, string> } {
  const header = parseHeader(bytes, where);
  const metadata = readMetadata(header[METADATA_KEY], where);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA_KEY)
    .map(([name, value]) => readEntry(name, value, where));
  checkLayout(entries, dataBytes, where);
  return { entries, metadata };
}

const damaged = (where: string, what: string) =>
  new NddrError(`${where} is damaged: ${what}. Copy or download it again, or use an earlier file.`);

const otherFormat = (where: string, what: string) =>
  new NddrError(`${where} is not a safetensors file: ${what}. Check that it is the file you meant.`);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function parseHeader(bytes: Uint8Array, where: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw otherFormat(where, `its header is not JSON (${(cause as Error).message})`);
  }
  if (!isRecord(header)) throw otherFormat(where, 'its header is not a JSON object');
  return header;
}

function readMetadata(value: unknown = {}, where: string): Record<string, string> {
  if (!isRecord(value) || Object.values(value).some((text) => typeof text !== 'string')) {
    throw damaged(where, `${METADATA_KEY} in its header should hold texts only`);
  }
  return value as Record<string, string>;
}

function readEntry(name: string, value: unknown, where: string): SafetensorsEntry {
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  if (!isStoredDType(dtype)) {
    const known = STORED_DTYPES.join(', ');
    throw new NddrError(
      `${where}: tensor ${name} has dtype ${JSON.stringify(dtype)}; known are ${known}. Convert it first.`,
    );
  }
  if (!isShape(shape)) {
    throw damaged(where, `tensor ${name} has shape ${JSON.stringify(shape)}, which should be a list of sizes`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw damaged(where, `tensor ${name} has data_offsets ${JSON.stringify(offsets)}, which should be [begin, end]`);
  }
  const [begin, end] = offsets;
  const size = elementsOf(shape) * bytesPerElement(dtype);
  if (end - begin !== size) {
    const wanted = `${dtype} [${shape.join(', ')}] takes ${size} bytes`;
    throw damaged(where, `tensor ${name} spans bytes ${begin} to ${end}, but ${wanted}`);
  }
  return { name, dtype, shape, begin, end };
}

/** The format wants the tensors to cover the data exactly: no gap, no overlap, nothing left over. */
function checkLayout(entries: readonly SafetensorsEntry[], dataBytes: number, where: string): void {
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
