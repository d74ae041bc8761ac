/** NumPy's file format `.npy`. */
import { NddrError } from './errors.js';

/** NumPy's type codes without the byte order, and the arrays that hold them; booleans are bytes of 0 and 1. */
const ARRAY_TYPES = {
  f4: Float32Array,
  f8: Float64Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  u8: BigUint64Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  i8: BigInt64Array,
  b1: Uint8Array,
  /** As bits; `decodeNpy` widens them to float32. */
  f2: Uint16Array,
} as const;

export type NpyCode = keyof typeof ARRAY_TYPES;

export type NpyData =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array;

/** An array of NumPy, row-major; `data.length` is the product of `shape`. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: NpyData;
}

/** The error of an array whose elements are no plain numbers. */
export class NpyTypeError extends NddrError {}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
const PREAMBLE_BYTES = MAGIC.length + 4; // version (2 bytes) and header length (2 bytes)

/**
 * Writes an array as a `.npy` file, version 1.0 (numpy.lib.format): magic, version, the header's length, a Python
 * dictionary padded with spaces to a multiple of 64 bytes, and the numbers.
 * @throws NddrError when the data does not fit the shape
 */
export function encodeNpy({ shape, data }: NpyArray): Uint8Array[] {
  if (data.length !== elementsOf(shape)) {
    throw new NddrError(`An array of shape [${shape.join(', ')}] cannot hold ${data.length} numbers.`);
  }
  const found = (Object.keys(ARRAY_TYPES) as NpyCode[]).find((key) => data instanceof ARRAY_TYPES[key]);
  const code = `${data.BYTES_PER_ELEMENT === 1 ? '|' : '<'}${found}`;
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', '); // Python writes a tuple of one as (5,)
  const dictionary = `{'descr': '${code}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const total = Math.ceil((PREAMBLE_BYTES + dictionary.length + 1) / 64) * 64;
  const header = new Uint8Array(total).fill(0x20);
  header.set([...MAGIC, 1, 0]);
  new DataView(header.buffer).setUint16(MAGIC.length + 2, total - PREAMBLE_BYTES, true);
  header.set(new TextEncoder().encode(dictionary), PREAMBLE_BYTES);
  header[total - 1] = 0x0a;
  return [header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
}

/** What the header of a `.npy` file says of the numbers that follow it. */
export interface NpyHeader {
  readonly code: NpyCode;
  readonly shape: readonly number[];
  /** The bytes of the header; the numbers begin there. */
  readonly start: number;
  /** The bytes of the whole file. */
  readonly end: number;
  readonly bigEndian: boolean;
  readonly fortran: boolean;
}

/**
 * Reads the header of a `.npy` file of version 1, 2 or 3.
 * @param bytes the beginning of the file, or all of it
 * @param where the file's name, for messages
 * @throws NddrError when it is cut off, of another format, or of a type that is no plain number
 */
export function readNpyHeader(bytes: Uint8Array, where: string): NpyHeader {
  if (bytes.length < PREAMBLE_BYTES + 2 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new NddrError(
      `${where} is not a .npy file: it does not begin with the bytes of one. Write it with numpy.save.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[MAGIC.length] > 1; // from version 2 on the length takes 4 bytes
  const begin = PREAMBLE_BYTES + (wide ? 2 : 0);
  const start = begin + (wide ? view.getUint32(MAGIC.length + 2, true) : view.getUint16(MAGIC.length + 2, true));
  if (start > bytes.length) throw lengthError(where, start, bytes.length);
  const { code, big, fortran, shape } = readDictionary(new TextDecoder().decode(bytes.subarray(begin, start)), where);
  const end = start + elementsOf(shape) * ARRAY_TYPES[code].BYTES_PER_ELEMENT;
  return { code, shape, start, end, bigEndian: big, fortran };
}

/**
 * Reads a `.npy` file of version 1, 2 or 3: integers, floats and booleans of any size and byte order, in C or Fortran
 * order. float16 becomes float32.
 * @param where the file's name, for messages
 * @throws NddrError when it is cut off, of another format, or of a type that is no plain number
 */
export function decodeNpy(bytes: Uint8Array, where: string): NpyArray {
  const header = readNpyHeader(bytes, where);
  const { data } = decodeNpyData(header, bytes, where);
  return {
    shape: header.shape,
    data: header.code === 'f2' ? Float32Array.from(data as Uint16Array, halfToNumber) : data,
  };
}

/**
 * The numbers of a `.npy` file whose header was read, in C order; float16 as its bits.
 * @param bytes all of the file
 * @throws NddrError when it has more or fewer bytes than its header says
 */
export function decodeNpyData(
  { code, shape, start, end, bigEndian, fortran }: NpyHeader,
  bytes: Uint8Array,
  where: string,
): NpyArray {
  if (end !== bytes.length) throw lengthError(where, end, bytes.length);
  const Type = ARRAY_TYPES[code];
  // Copied, because typed arrays must begin at a multiple of their element size.
  const copy = new Uint8Array(bytes.subarray(start));
  if (bigEndian) swapBytes(copy, Type.BYTES_PER_ELEMENT);
  const data = new Type(copy.buffer, 0, elementsOf(shape));
  return { shape, data: fortran && shape.length > 1 ? rowMajor(data, shape) : data };
}

function readDictionary(
  text: string,
  where: string,
): { code: NpyCode; big: boolean; fortran: boolean; shape: number[] } {
  const [, order, code] = /'descr':\s*'([<>=|]?)([^']*)'/.exec(text) ?? [];
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d\s,L]*)\)/.exec(text)?.[1]; // Python 2 wrote long numbers as 5L
  if (code === undefined || !Object.hasOwn(ARRAY_TYPES, code)) {
    const known = Object.keys(ARRAY_TYPES).join(', ');
    const found = code === undefined ? 'unknown' : `${order}${code}`;
    throw new NpyTypeError(`${where} holds numbers of type ${found}; known are ${known}. Convert with astype.`);
  }
  if (fortran === undefined || shape === undefined) {
    throw new NddrError(`${where} is damaged: its header names no order or shape. Save it again with numpy.save.`);
  }
  const sizes = shape.split(',').flatMap((n) => (n.trim() === '' ? [] : [Number.parseInt(n, 10)]));
  return { code: code as NpyCode, big: order === '>', fortran: fortran === 'True', shape: sizes };
}

/** Reverses the bytes of every number, in place. */
function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; size > 1 && at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/**
 * The number that 16 bits stand for (IEEE 754 binary16): sign s, exponent e of 5 bits, fraction f of 10 bits;
 * (-1)^s 2^(e - 15) (1 + f / 1024), or (-1)^s 2^-14 f / 1024 where e = 0; e = 31 means infinite, or NaN where f > 0.
 */
export function halfToNumber(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction > 0 ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * 2 ** -24 * fraction : sign * 2 ** (exponent - 25) * (1024 + fraction);
}

/**
 * Reorders numbers from Fortran order, in which the first dimension runs fastest, to C order, in which the last one
 * does.
 */
function rowMajor(data: NpyData, shape: readonly number[]): NpyData {
  const out = data.slice();
  const index = new Array<number>(shape.length).fill(0);
  const steps = shape.map((_, axis) => elementsOf(shape.slice(0, axis)));
  for (let to = 0, from = 0; to < out.length; to++) {
    out[to] = data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < shape[axis]) break;
      from -= steps[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/** The error about a file of the wrong length. */
const lengthError = (where: string, wanted: number, found: number) =>
  new NddrError(`${where} is damaged: it should have ${wanted} bytes and has ${found}. Save or copy it again.`);

/** How many numbers an array of a shape has: 1 for a scalar, whose shape is []. */
export const elementsOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
