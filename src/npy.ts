import { NddrError } from './errors.js';

/** NumPy's type codes, little-endian, and the arrays that hold them; `?` is kept as bytes of 0 and 1. */
const ARRAY_TYPES = {
  '<f4': Float32Array,
  '<f8': Float64Array,
  '|u1': Uint8Array,
  '<u2': Uint16Array,
  '<u4': Uint32Array,
  '|i1': Int8Array,
  '<i2': Int16Array,
  '<i4': Int32Array,
  '<i8': BigInt64Array,
  '|b1': Uint8Array,
} as const;

type Code = keyof typeof ARRAY_TYPES;

export type NpyData =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array;

/** An array of NumPy, row-major; `data.length` is the product of `shape`. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: NpyData;
}

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
  const code = (Object.keys(ARRAY_TYPES) as Code[]).find((key) => data instanceof ARRAY_TYPES[key]);
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

/**
 * Reads a `.npy` file of version 1, 2 or 3.
 * @param where the file's name, for messages
 * @throws NddrError when it is cut off, of another format, in Fortran order, or of a type without a typed array
 */
export function decodeNpy(bytes: Uint8Array, where: string): NpyArray {
  if (bytes.length < PREAMBLE_BYTES + 2 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new NddrError(`${where} is not a .npy file: it does not begin as one. Write it with numpy.save.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[MAGIC.length] > 1; // from version 2 on the length takes 4 bytes
  const start = PREAMBLE_BYTES + (wide ? 2 : 0);
  const end = start + (wide ? view.getUint32(MAGIC.length + 2, true) : view.getUint16(MAGIC.length + 2, true));
  if (end > bytes.length) throw cutOff(where, end, bytes.length);
  const { code, shape } = readDictionary(new TextDecoder().decode(bytes.subarray(start, end)), where);
  const Type = ARRAY_TYPES[code];
  const elements = elementsOf(shape);
  const wanted = end + elements * Type.BYTES_PER_ELEMENT;
  if (wanted !== bytes.length) throw cutOff(where, wanted, bytes.length);
  // The copy lets the numbers start at any byte.
  return { shape, data: new Type(new Uint8Array(bytes.subarray(end)).buffer, 0, elements) };
}

function readDictionary(text: string, where: string): { code: Code; shape: number[] } {
  const code = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (code === undefined || !Object.hasOwn(ARRAY_TYPES, code)) {
    const known = Object.keys(ARRAY_TYPES).join(', ');
    throw new NddrError(
      `${where} holds numbers of type ${code ?? 'unknown'}; known are ${known}. Convert with astype.`,
    );
  }
  if (fortran !== 'False' || shape === undefined) {
    throw new NddrError(`${where} is not in C order. Save numpy.ascontiguousarray(x) instead.`);
  }
  return { code: code as Code, shape: shape.split(',').flatMap((n) => (n.trim() === '' ? [] : [Number(n)])) };
}

const cutOff = (where: string, wanted: number, found: number) =>
  new NddrError(`${where} is damaged: it should have ${wanted} bytes and has ${found}. Save or copy it again.`);

const elementsOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
