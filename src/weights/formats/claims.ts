/** What a file claims of its tensors, checked before anything is allocated; and its bytes as numbers. */
import { NddrError } from '../../errors.js';
import type { StoredDType, StoredTensor } from '../safetensors.js';
import type { WeightEntry } from '../weight-file.js';

interface ArrayType {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): StoredTensor['data'];
}

const ARRAY_TYPES: Readonly<Record<StoredDType, ArrayType>> = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
};

/** Networks have some thousands; a file that claims more would fill the memory with names. */
const MAX_TENSORS = 100_000;
const MAX_RANK = 32;

export const damaged = (where: string, what: string): NddrError =>
  new NddrError(`${where} is damaged: ${what}. Copy or download it again.`);

export const bytesPer = (dtype: StoredDType): number => ARRAY_TYPES[dtype].BYTES_PER_ELEMENT;

export const elementsOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** @throws NddrError unless the sizes are whole numbers, none below 0, whose product can be counted */
export function claimedShape(sizes: readonly (number | bigint)[], tensor: string, where: string): number[] {
  const shape = sizes.map(Number);
  const countable = shape.every((n) => Number.isSafeInteger(n) && n >= 0) && Number.isSafeInteger(elementsOf(shape));
  if (!countable || shape.length > MAX_RANK) {
    const listed = `[${sizes.slice(0, 8).join(', ')}${sizes.length > 8 ? ', ...' : ''}]`;
    throw damaged(where, `${tensor} has the shape ${listed}, which no tensor can have`);
  }
  return shape;
}

/** Adds a tensor to those of a file. @throws NddrError when its name is taken, or there are too many */
export function addEntry(tensors: Map<string, WeightEntry>, name: string, entry: WeightEntry, where: string): void {
  if (tensors.has(name)) throw damaged(where, `it holds two tensors named ${name}`);
  if (tensors.size >= MAX_TENSORS) {
    throw new NddrError(`${where} holds more than ${MAX_TENSORS} tensors, and no network has as many. Name another.`);
  }
  tensors.set(name, entry);
}

/** The tensor of little-endian bytes, as many as its shape wants; a view where the alignment allows it. */
export function storedTensor(dtype: StoredDType, shape: readonly number[], bytes: Uint8Array): StoredTensor {
  const Type = ARRAY_TYPES[dtype];
  const view = bytes.byteOffset % Type.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  const data = new Type(view.buffer, view.byteOffset, view.byteLength / Type.BYTES_PER_ELEMENT);
  return { dtype, shape, data } as StoredTensor;
}

/** A note on what a file holds that is no tensor of numbers, for its metadata; nothing where there is none. */
export function skippedNote(skipped: readonly string[]): Record<string, string> {
  if (skipped.length === 0) return {};
  const more = skipped.length > 8 ? ` and ${skipped.length - 8} more` : '';
  return { skipped: `${skipped.slice(0, 8).join(', ')}${more}` };
}
