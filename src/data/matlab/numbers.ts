/** The numbers and characters of a MATLAB v5 file. MATLAB stores them in the smallest type that holds them all. */

import { elementsOf } from '../../npy.js';
import { type Bytes, damaged, dataOf, type Element, TYPE } from './elements.js';

export type NumberArray =
  | Float64Array
  | Float32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

interface NumberType {
  readonly bytes: number;
  read(view: DataView, at: number, little: boolean): number;
}

/** Types of stored numbers, by their number in a tag. */
const STORED: Readonly<Record<number, NumberType>> = {
  1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  2: { bytes: 1, read: (view, at) => view.getUint8(at) },
  3: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  4: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  5: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  6: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  7: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  9: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  12: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  13: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
};

/** Arrays of the numeric classes 6 to 15. */
const CLASSES = [
  Float64Array,
  Float32Array,
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float64Array, // int64
  Float64Array, // uint64
] as const;
const FIRST_CLASS = 6;
const FIRST_WIDE_CLASS = 14;

/**
 * The numbers of an array.
 * @param kind its class, 6 to 15
 * @param count how many its dimensions call for
 * @throws NddrError when the data holds fewer or more, or an integer that a double does not hold exactly
 */
export function numbersOf(source: Bytes, element: Element, kind: number, count: number): NumberArray {
  const { view, little, path } = source;
  const type = STORED[element.type];
  if (!type) throw damaged(path, `numbers of the type ${element.type}`);
  const found = (element.to - element.from) / type.bytes;
  if (found !== count) throw damaged(path, `an array of ${count} numbers holds ${found}`);
  const data = new CLASSES[kind - FIRST_CLASS](count);
  for (let i = 0; i < count; i++) data[i] = type.read(view, element.from + i * type.bytes, little);
  if (kind >= FIRST_WIDE_CLASS) {
    const wide = data.find((value) => !Number.isSafeInteger(value));
    if (wide !== undefined) throw damaged(path, `the integer ${wide} is beyond 2^53, up to which they can be read`);
  }
  return data;
}

/** The text of a char array, its rows joined by line breaks. @throws NddrError when it has no such characters */
export function textOf(source: Bytes, element: Element, dims: readonly number[]): string {
  const characters = charactersOf(source, element);
  const [rows, ...rest] = dims;
  const columns = elementsOf(rest);
  if (characters.length !== rows * columns) {
    throw damaged(source.path, `a text of ${rows}x${columns} characters holds ${characters.length}`);
  }
  if (rows === 1) return characters.join('');
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => characters[column * rows + row]).join(''),
  ).join('\n');
}

/** The characters as MATLAB counts them: units of UTF-16. */
function charactersOf(source: Bytes, element: Element): string[] {
  const { view, little, path } = source;
  if (element.type === TYPE.utf8) return new TextDecoder().decode(dataOf(source, element)).split('');
  const unit = { [TYPE.utf16]: STORED[4], [TYPE.utf32]: STORED[6] }[element.type] ?? STORED[element.type];
  if (!unit || unit.bytes > 4) throw damaged(path, `characters of the type ${element.type}`);
  const count = Math.floor((element.to - element.from) / unit.bytes);
  return Array.from({ length: count }, (_, i) => {
    const code = unit.read(view, element.from + i * unit.bytes, little);
    if (!(code >= 0 && code <= 0x10ffff)) throw damaged(path, `the character ${code}`);
    return String.fromCodePoint(code);
  });
}
