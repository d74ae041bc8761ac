/** The arrays of a MATLAB v5 file: numbers, text, cells and structs. */
import { NddrError } from '../../errors.js';
import { elementsOf } from '../../npy.js';
import { type Bytes, damaged, dataOf, type Element, elementAt, TYPE } from './elements.js';
import { type NumberArray, numbersOf, textOf } from './numbers.js';

/** An array of MATLAB; elements in column-major order, the first dimension running fastest. */
export type MatArray = MatNumbers | MatText | MatCells | MatStruct;

interface Shaped {
  readonly dims: readonly number[];
}

export interface MatNumbers extends Shaped {
  readonly kind: 'numbers';
  /** Typed as the class of the array; 64-bit integers as doubles. */
  readonly data: NumberArray;
  /** 0 means false, 1 true. */
  readonly logical: boolean;
}

export interface MatText extends Shaped {
  readonly kind: 'text';
  /** The rows, joined by line breaks; usually one. */
  readonly text: string;
}

/** A cell array; a cell is read when it is asked for, since a file may have a million. */
export interface MatCells extends Shaped {
  readonly kind: 'cells';
  readonly length: number;
  at(index: number): MatArray;
}

/** A struct array; values are read when they are asked for. */
export interface MatStruct extends Shaped {
  readonly kind: 'struct';
  readonly fields: readonly string[];
  /** The value of a field; of the element `index` where the array has several. */
  get(field: string, index?: number): MatArray | undefined;
}

/** Numbers of MATLAB's classes. */
const CLASS = { cell: 1, struct: 2, object: 3, char: 4, sparse: 5, firstNumeric: 6, lastNumeric: 15 };
const REFUSED: Readonly<Record<number, string>> = {
  3: 'an object',
  5: 'a sparse matrix',
  16: 'a function handle',
  17: 'an object',
};
const COMPLEX = 0x08;
const LOGICAL = 0x02;
const EMPTY: MatNumbers = { kind: 'numbers', dims: [0, 0], data: new Float64Array(0), logical: false };

/** An array and the name of its variable. */
export interface Named {
  readonly name: string;
  readonly value: MatArray;
}

/**
 * Reads an element as an array.
 * @throws NddrError when it is none, damaged, or of a class that has no meaning here
 */
export function arrayOf(source: Bytes, element: Element): Named {
  const { path } = source;
  if (element.type !== TYPE.matrix) throw damaged(path, `an element of type ${element.type} where an array belongs`);
  if (element.from === element.to) return { name: '', value: EMPTY };
  const flags = elementAt(source, element.from, element.to);
  if (flags.type !== TYPE.uint32 || flags.to - flags.from !== 8) throw damaged(path, 'an array without flags');
  const word = source.view.getUint32(flags.from, source.little);
  const [kind, bits] = [word & 0xff, (word >>> 8) & 0xff];
  // Objects have no dimensions where other arrays have them.
  if (kind === 16 || kind === 17) throw refused(path, '', REFUSED[kind]);
  const shape = elementAt(source, flags.next, element.to);
  const title = elementAt(source, shape.next, element.to);
  const name = Buffer.from(dataOf(source, title)).toString('latin1');
  if (bits & COMPLEX) throw refused(path, name, 'an array of complex numbers');
  if (kind in REFUSED) throw refused(path, name, REFUSED[kind]);
  const dims = dimsOf(source, shape);
  const body = { source, at: title.next, limit: element.to, dims };
  if (kind === CLASS.cell) return { name, value: cellsOf(body) };
  if (kind === CLASS.struct) return { name, value: structOf(body) };
  const data = elementAt(source, title.next, element.to);
  if (kind === CLASS.char) return { name, value: { kind: 'text', dims, text: textOf(source, data, dims) } };
  if (kind < CLASS.firstNumeric || kind > CLASS.lastNumeric) throw damaged(path, `an array of the class ${kind}`);
  const numbers = numbersOf(source, data, kind, elementsOf(dims));
  return { name, value: { kind: 'numbers', dims, data: numbers, logical: (bits & LOGICAL) !== 0 } };
}

const refused = (path: string, name: string, what: string): NddrError =>
  new NddrError(
    `${path}: ${name ? `"${name}" is` : 'it holds'} ${what}, expected numbers, text, cells or structs; save it in ` +
      'MATLAB as a full real array, or remove it',
  );

function dimsOf(source: Bytes, element: Element): number[] {
  const count = (element.to - element.from) / 4;
  if (element.type !== TYPE.int32 || count < 2 || count > 32 || count % 1 !== 0) {
    throw damaged(source.path, 'an array without dimensions');
  }
  const dims = Array.from({ length: count }, (_, i) => source.view.getInt32(element.from + 4 * i, source.little));
  if (dims.some((size) => size < 0)) throw damaged(source.path, `an array of ${dims.join('x')}`);
  return dims;
}

interface Body {
  readonly source: Bytes;
  readonly at: number;
  readonly limit: number;
  readonly dims: readonly number[];
}

/** Where `count` arrays begin that follow each other. */
function startsOf({ source, at, limit }: Body, count: number): Uint32Array {
  // An empty array takes 8 bytes; checked before the memory is allocated.
  if (count > (limit - at) / 8) throw damaged(source.path, `${count} cells in ${limit - at} bytes`);
  const starts = new Uint32Array(count);
  for (let i = 0, next = at; i < count; i++) {
    starts[i] = next;
    next = elementAt(source, next, limit).next;
  }
  return starts;
}

const readAt = ({ source, limit }: Body, start: number): MatArray =>
  arrayOf(source, elementAt(source, start, limit)).value;

function cellsOf(body: Body): MatCells {
  const length = elementsOf(body.dims);
  const starts = startsOf(body, length);
  return { kind: 'cells', dims: body.dims, length, at: (index) => readAt(body, starts[index]) };
}

function structOf(body: Body): MatStruct {
  const { source, at, limit, dims } = body;
  const width = elementAt(source, at, limit);
  const names = elementAt(source, width.next, limit);
  const each = width.to - width.from === 4 ? source.view.getInt32(width.from, source.little) : 0;
  const text = Buffer.from(dataOf(source, names)).toString('latin1');
  if (each < 1 || text.length % each !== 0) throw damaged(source.path, 'a struct without names of fields');
  const fields = Array.from({ length: text.length / each }, (_, i) => {
    const padded = text.slice(i * each, (i + 1) * each);
    return padded.replace(/\0.*$/s, '');
  });
  const values = { ...body, at: names.next };
  const starts = startsOf(values, fields.length * elementsOf(dims));
  return {
    kind: 'struct',
    dims,
    fields,
    get(field, index = 0) {
      const which = fields.indexOf(field);
      const start = starts[index * fields.length + which];
      return which < 0 || start === undefined ? undefined : readAt(values, start);
    },
  };
}
