// Writes MATLAB v5 files for the tests.
import { deflateSync } from 'node:zlib';

/** Numbers of a class, a text, cells, or a struct. */
export type Written =
  | { readonly numbers: readonly number[]; readonly dims?: readonly number[]; readonly kind?: keyof typeof KINDS }
  | { readonly text: string }
  | { readonly cells: readonly Written[]; readonly dims?: readonly number[] }
  | { readonly struct: Readonly<Record<string, Written>> };

/** MATLAB's number of a class, and of the type of its data. */
const KINDS = {
  double: [6, 9],
  single: [7, 7],
  uint8: [9, 2],
  uint16: [11, 4],
  int32: [12, 5],
  int64: [14, 12],
} as const;
const SIZES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8 };

export interface Style {
  readonly little?: boolean;
  readonly compress?: boolean;
}

/** A file of variables. */
export function matFile(
  variables: Readonly<Record<string, Written>>,
  { little = true, compress = false }: Style = {},
): Buffer {
  const header = Buffer.alloc(128, ' ');
  header.write('MATLAB 5.0 MAT-file, written by a test', 0);
  header.fill(0, 116, 124);
  header.set(little ? [0, 1, 0x49, 0x4d] : [1, 0, 0x4d, 0x49], 124);
  const elements = Object.entries(variables).map(([name, value]) => {
    const matrix = matrixOf(name, value, little);
    return compress ? element(15, deflateSync(matrix), little, false) : matrix;
  });
  return Buffer.concat([header, ...elements]);
}

/** An element: data of up to 4 bytes lie in the tag. */
export function element(type: number, data: Uint8Array, little: boolean, padded = true): Buffer {
  const tag = Buffer.alloc(8);
  const word = (value: number, at: number) => (little ? tag.writeUInt32LE(value, at) : tag.writeUInt32BE(value, at));
  if (data.length > 0 && data.length <= 4 && padded) {
    word(data.length * 65536 + type, 0);
    tag.set(data, 4);
    return tag;
  }
  word(type, 0);
  word(data.length, 4);
  return Buffer.concat([tag, data, Buffer.alloc(padded ? (8 - (data.length % 8)) % 8 : 0)]);
}

/** Numbers as the data of an element. */
function dataOf(type: number, values: readonly number[], little: boolean): Buffer {
  const size = SIZES[type];
  const bytes = Buffer.alloc(size * values.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const [i, value] of values.entries()) {
    const at = i * size;
    if (type === 9) view.setFloat64(at, value, little);
    else if (type === 7) view.setFloat32(at, value, little);
    else if (type === 12) view.setBigInt64(at, BigInt(value), little);
    else if (size === 4) view.setUint32(at, value, little);
    else if (size === 2) view.setUint16(at, value, little);
    else view.setUint8(at, value);
  }
  return bytes;
}

/** An array of a class; `body` are the elements after its name. */
export function matrix(name: string, kind: number, dims: readonly number[], body: Buffer[], little: boolean): Buffer {
  const parts = [
    element(6, dataOf(6, [kind, 0], little), little),
    element(5, dataOf(5, dims, little), little),
    element(1, Buffer.from(name), little),
    ...body,
  ];
  return element(14, Buffer.concat(parts), little);
}

function matrixOf(name: string, value: Written, little: boolean): Buffer {
  if ('numbers' in value) {
    const { numbers, dims = [1, numbers.length], kind = 'double' } = value;
    const [number, type] = KINDS[kind];
    return matrix(name, number, dims, [element(type, dataOf(type, numbers, little), little)], little);
  }
  if ('text' in value) {
    const codes = value.text.split('').map((character) => character.charCodeAt(0));
    return matrix(name, 4, [1, codes.length], [element(4, dataOf(4, codes, little), little)], little);
  }
  if ('cells' in value) {
    const { cells, dims = [1, cells.length] } = value;
    const body = cells.map((cell) => matrixOf('', cell, little));
    return matrix(name, 1, dims, body, little);
  }
  const fields = Object.keys(value.struct);
  const names = Buffer.from(fields.map((field) => field.padEnd(32, '\0')).join(''));
  const body = [element(5, dataOf(5, [32], little), little), element(1, names, little)];
  return matrix(
    name,
    2,
    [1, 1],
    [...body, ...fields.map((field) => matrixOf('', value.struct[field], little))],
    little,
  );
}
