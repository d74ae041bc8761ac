/** Tensors as files keep them. */
import { NddrError } from '../errors.js';
import { elementsOf, halfToNumber } from '../npy.js';

/** The element types; F16 and BF16 are kept as their 16 bits, BOOL as bytes of 0 and 1. */
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

// Widest first: written in this order, every tensor of a file starts at a multiple of its element size.
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

/** All element types, widest first. */
export const STORED_DTYPES = Object.keys(ARRAY_TYPES) as readonly StoredDType[];

export const isStoredDType = (value: unknown): value is StoredDType =>
  typeof value === 'string' && Object.hasOwn(ARRAY_TYPES, value);

/** The bytes of one element. */
export const bytesPerElement = (dtype: StoredDType): number => ARRAY_TYPES[dtype].BYTES_PER_ELEMENT;

/** Whether a value is a list of sizes of a tensor whose bytes can be counted exactly. */
export const isShape = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.every((size) => Number.isSafeInteger(size) && size >= 0) &&
  Number.isSafeInteger(elementsOf(value) * 8);

/**
 * A tensor of bytes, which are little-endian, as is every machine that this program runs on. Its data is a view of the
 * bytes where they are aligned, a copy elsewhere.
 */
export function tensorOf(dtype: StoredDType, shape: readonly number[], bytes: Uint8Array): StoredTensor {
  const Type = ARRAY_TYPES[dtype];
  const view = bytes.byteOffset % Type.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  const data = new Type(view.buffer, view.byteOffset, bytes.length / Type.BYTES_PER_ELEMENT);
  if (data.length !== elementsOf(shape)) {
    throw new NddrError(`A tensor of shape [${shape.join(', ')}] cannot hold ${data.length} numbers.`);
  }
  return { dtype, shape, data } as StoredTensor;
}

/**
 * The numbers of a tensor as float32: exact for F32, F16, BF16, BOOL and small integers, the nearest float32 for the
 * others. F64 numbers beyond the range of float32 become infinite. F32 data is handed over, not copied.
 */
export function toFloat32(tensor: StoredTensor): Float32Array {
  switch (tensor.dtype) {
    case 'F32':
      return tensor.data;
    case 'F16':
      return Float32Array.from(tensor.data, halfToNumber);
    case 'BF16': {
      // A bfloat16 is the upper half of a float32.
      const bits = Uint32Array.from(tensor.data, (half) => half << 16);
      return new Float32Array(bits.buffer);
    }
    case 'I64':
    case 'U64': {
      const floats = new Float32Array(tensor.data.length);
      for (let i = 0; i < floats.length; i++) floats[i] = Number(tensor.data[i]);
      return floats;
    }
    default:
      return Float32Array.from(tensor.data);
  }
}
