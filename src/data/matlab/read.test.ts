import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { NddrError } from '../../errors.js';
import type { MatArray } from './arrays.js';
import { expectKind, parseMatlab } from './read.js';
import { element, matFile, matrix, type Written } from './write.test.fixture.js';

const fixtures = new URL('../../../../tests/fixtures/matlab/', import.meta.url);
const fixture = (name: string) => readFile(fileURLToPath(new URL(name, fixtures)));

type Plain =
  | { numbers: string[]; dims: number[] }
  | { text: string }
  | { cells: Plain[]; dims: number[] }
  | { struct: Record<string, Plain[]> };

const count = (dims: readonly number[]) => dims.reduce((all, one) => all * one, 1);

/** An array as tests/peers/scipy_matlab.py writes it. */
function plain(value: MatArray): Plain {
  if (value.kind === 'numbers') return { numbers: [...value.data].map(shown), dims: [...value.dims] };
  if (value.kind === 'text') return { text: value.text };
  if (value.kind === 'cells') {
    return { cells: Array.from({ length: value.length }, (_, i) => plain(value.at(i))), dims: [...value.dims] };
  }
  const of = (field: string) =>
    Array.from({ length: count(value.dims) }, (_, i) => plain(value.get(field, i) as MatArray));
  return { struct: Object.fromEntries(value.fields.map((field) => [field, of(field)])) };
}

/** A number as Python shows it, without the `.0` of whole ones. */
const shown = (value: number): string => (Number.isNaN(value) ? 'nan' : String(value).replace('Infinity', 'inf'));
const withoutZero = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replace(/"(-?\d+)\.0"/g, '"$1"'));

for (const name of ['plain', 'compressed']) {
  test(`the ${name} file of SciPy is read as SciPy reads it`, async () => {
    const variables = parseMatlab(await fixture(`${name}.mat`), name);
    const expected = withoutZero(JSON.parse((await fixture('expected.json')).toString())) as Record<string, Plain>;
    assert.deepEqual([...variables.keys()].sort(), Object.keys(expected).sort());
    for (const [key, value] of variables) assert.deepEqual(plain(value), expected[key], key);
  });
}

test('numbers are in arrays of their class, whatever type they are stored as', async () => {
  const variables = parseMatlab(await fixture('plain.mat'), 'x');
  const classOf = (key: string) => expectKind(variables.get(key), 'numbers', key, 'x').data.constructor;
  assert.equal(classOf('a_uint16'), Uint16Array);
  assert.equal(classOf('a_float32'), Float32Array);
  assert.equal(classOf('a_uint64'), Float64Array);
  assert.equal(expectKind(variables.get('flags'), 'numbers', 'flags', 'x').logical, true);
});

const everything: Readonly<Record<string, Written>> = {
  wide: { numbers: [1, 2, 3, 4, 5, 6], dims: [3, 2], kind: 'uint16' },
  small: { numbers: [7], kind: 'uint8' },
  halves: { numbers: [0.5, -0.25] },
  list: { cells: [{ text: 'ab' }, { numbers: [] }, { cells: [{ text: '' }] }] },
  record: { struct: { name: { text: 'Ann' }, ages: { numbers: [3, 4], kind: 'int32' } } },
};

test('both orders of bytes and both forms of storage give the same', () => {
  const read = (little: boolean, compress: boolean) =>
    [...parseMatlab(matFile(everything, { little, compress }), 'x')].map(([name, value]) => [name, plain(value)]);
  const expected = read(true, false);
  assert.deepEqual(expected[0], ['wide', { numbers: ['1', '2', '3', '4', '5', '6'], dims: [3, 2] }]);
  assert.deepEqual(expected[4], [
    'record',
    { struct: { name: [{ text: 'Ann' }], ages: [{ numbers: ['3', '4'], dims: [1, 2] }] } },
  ]);
  assert.deepEqual(read(false, false), expected);
  assert.deepEqual(read(true, true), expected);
  assert.deepEqual(read(false, true), expected);
});

const withElements = (...elements: Buffer[]) => Buffer.concat([matFile({}).subarray(0, 128), ...elements]);
const words = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);

/** Files that cannot be meant, and what is said of them. */
const refused: Readonly<Record<string, readonly [file: Uint8Array, message: RegExp]>> = {
  'no MATLAB file': [Buffer.from('hello'), /is no MATLAB v5 file/],
  'a MATLAB 7.3 file': [Buffer.from('MATLAB 7.3 MAT-file'.padEnd(600)), /is a MATLAB 7\.3 file, expected version 5/],
  'an element beyond the end': [withElements(words(14, 2 ** 31)), /an element at byte 128 claims 2147483648 bytes/],
  'a tag cut short': [withElements(Buffer.from([14, 0, 0])), /an element is missing at byte 128/],
  'a small element that is not': [withElements(words(5 * 65536 + 14, 0)), /a small element at byte 128 claims 5 bytes/],
  'other elements': [withElements(element(9, Buffer.alloc(8), true)), /an element of type 9 where an array belongs/],
  'a sparse matrix': [withElements(matrix('s', 5, [2, 2], [], true)), /"s" is a sparse matrix, expected numbers/],
  'an object': [withElements(matrix('o', 3, [1, 1], [], true)), /"o" is an object/],
  'complex numbers': [withElements(matrix('c', 6 + 0x800, [1, 1], [], true)), /"c" is an array of complex numbers/],
  'fewer numbers than its shape': [
    withElements(matrix('n', 6, [2 ** 20, 2 ** 20], [element(9, Buffer.alloc(8), true)], true)),
    /an array of 1099511627776 numbers holds 1/,
  ],
  'more cells than bytes': [withElements(matrix('c', 1, [2 ** 15, 2 ** 15], [], true)), /1073741824 cells in 0 bytes/],
  'a negative size': [withElements(matrix('n', 6, [-1, 1], [], true)), /an array of -1x1/],
  'an integer beyond 2^53': [
    matFile({ n: { numbers: [2 ** 60], kind: 'int64' } }),
    /the integer 1152921504606\d+ is beyond 2\^53/,
  ],
  'a stream that is none': [withElements(element(15, Buffer.from('no stream'), true, false)), /cannot be inflated/],
  'a stream that claims terabytes': [
    withElements(element(15, deflateSync(words(14, 2 ** 32 - 8)), true, false)),
    /claims to hold 4294967296 bytes; at most 268435456 can be read/,
  ],
  'a decompression bomb': [
    withElements(element(15, deflateSync(Buffer.concat([words(14, 64), Buffer.alloc(2 ** 24)])), true, false)),
    /cannot be inflated/,
  ],
};
for (const [what, [file, message]] of Object.entries(refused)) {
  test(`${what} is refused with one message`, () => {
    assert.throws(() => parseMatlab(file, 'a.mat'), { name: 'NddrError', message });
    assert.throws(() => parseMatlab(file, 'a.mat'), /^NddrError: a\.mat: [^\n]*$/);
  });
}

test('a file that is cut or changed at any place gives a value or one message', () => {
  const file = matFile(everything);
  const packed = matFile(everything, { compress: true });
  const read = (bytes: Uint8Array) => {
    try {
      for (const value of parseMatlab(bytes, 'a.mat').values()) plain(value);
    } catch (error) {
      assert.ok(error instanceof NddrError, String(error));
    }
  };
  for (const whole of [file, packed]) {
    for (let at = 0; at < whole.length; at += 3) {
      read(whole.subarray(0, at));
      const changed = Buffer.from(whole);
      changed[at] ^= 0xff;
      read(changed);
    }
  }
});
