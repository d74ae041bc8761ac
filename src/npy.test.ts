import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NddrError } from './errors.js';
import { decodeNpy, encodeNpy, type NpyArray } from './npy.js';

const join = (chunks: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(chunks));

// numpy.save(file, numpy.array([[1.5, -2], [0.25, 3], [4, 5]], numpy.float32))  (numpy 1.24.2)
const FROM_PYTHON = new Uint8Array(
  Buffer.from(
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsIDIpLCB9ICAgICAgICAgICAg' +
      'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/AAAAwAAAgD4AAEBAAACAQAAAoEA=',
    'base64',
  ),
);

/** What NumPy 2.4.6 saves of an array, without the 12 bytes that all short files begin with. */
const numpy = (base64: string) =>
  decodeNpy(new Uint8Array(Buffer.concat([FROM_PYTHON.subarray(0, 12), Buffer.from(base64, 'base64')])), 'x');

/** A file of version 1.0 by the description of numpy.lib.format. */
const file = (dictionary: string, data: readonly number[]) =>
  new Uint8Array([0x93, ...Buffer.from('NUMPY'), 1, 0, dictionary.length, 0, ...Buffer.from(dictionary), ...data]);

const dictionary = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }\n`;

test('the bytes are those that NumPy writes', () => {
  const array: NpyArray = { shape: [3, 2], data: new Float32Array([1.5, -2, 0.25, 3, 4, 5]) };
  assert.deepEqual(join(encodeNpy(array)), FROM_PYTHON);
});

test('a file of NumPy is read', () => {
  const expected = { shape: [3, 2], data: new Float32Array([1.5, -2, 0.25, 3, 4, 5]) };
  assert.deepEqual(decodeNpy(FROM_PYTHON, 'from Python'), expected);
  assert.deepEqual(decodeNpy(Buffer.from(FROM_PYTHON), 'from Python'), expected);
});

test('headers without padding and other types are read', () => {
  assert.deepEqual(decodeNpy(file(dictionary('<u2', '2,'), [1, 2, 255, 255]), 'odd'), {
    shape: [2],
    data: new Uint16Array([513, 65535]),
  });
  assert.deepEqual(decodeNpy(file(dictionary('|u1', ''), [7]), 'scalar'), { shape: [], data: new Uint8Array([7]) });
});

test('float16, other byte orders and the Fortran order of NumPy are read', () => {
  // numpy.array([[1.5, -2, 0.25], [65504, inf, nan]], float16)
  const half = numpy(
    'ZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAg' +
      'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAPgDAADT/ewB8AH4=',
  );
  const halves = Float32Array.of(1.5, -2, 0.25, 65504, Number.POSITIVE_INFINITY, Number.NaN);
  assert.deepEqual(half, { shape: [2, 3], data: halves });
  // numpy.asfortranarray(numpy.arange(24, dtype=uint8).reshape(2, 3, 4))
  const fortran = numpy(
    'ZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAgICAgICAgICAgICAgICAg' +
      'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoADAQQCBQBDQURCRUCDgYSChYDDwcTCxc=',
  );
  assert.deepEqual(fortran, { shape: [2, 3, 4], data: Uint8Array.from({ length: 24 }, (_, i) => i) });
  // numpy.array([1.5, -2], '>f4')
  const big = numpy(
    'ZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAg' +
      'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/wAAAwAAAAA==',
  );
  assert.deepEqual(big, { shape: [2], data: Float32Array.of(1.5, -2) });
  // numpy.array([-2, 2 ** 40], '>i8')
  const long = numpy(
    'ZGVzY3InOiAnPmk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAg' +
      'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr//////////gAAAQAAAAAA',
  );
  assert.deepEqual(long, { shape: [2], data: BigInt64Array.of(-2n, 2n ** 40n) });
  // The smallest float16, 2^-24, and booleans.
  assert.deepEqual(decodeNpy(file(dictionary('<f2', '1,'), [1, 0]), 'x').data, Float32Array.of(2 ** -24));
  assert.deepEqual(decodeNpy(file(dictionary('|b1', '2,'), [1, 0]), 'x').data, Uint8Array.of(1, 0));
});

test('every type survives being written and read', () => {
  const arrays: NpyArray[] = [
    { shape: [2, 1, 2], data: new Uint8Array([0, 1, 128, 255]) },
    { shape: [2], data: new Uint16Array([0, 65535]) },
    { shape: [1], data: new Uint32Array([2 ** 32 - 1]) },
    { shape: [1], data: new Int8Array([-128]) },
    { shape: [1], data: new Int16Array([-32768]) },
    { shape: [], data: new Int32Array([-5]) },
    { shape: [1], data: new BigInt64Array([-(2n ** 63n)]) },
    { shape: [1], data: new BigUint64Array([2n ** 64n - 1n]) },
    { shape: [1], data: new Float64Array([Math.PI]) },
    { shape: [0, 3], data: new Float32Array(0) },
  ];
  for (const array of arrays) {
    const bytes = join(encodeNpy(array));
    assert.equal((bytes.length - array.data.byteLength) % 64, 0, 'the numbers start at a multiple of 64');
    assert.deepEqual(decodeNpy(bytes, 'round trip'), array);
  }
});

test('damaged and foreign files are refused by name', () => {
  const refuses = (bytes: Uint8Array, pattern: RegExp) =>
    assert.throws(
      () => decodeNpy(bytes, 'depth.npy'),
      (error: Error) =>
        error instanceof NddrError && error.message.startsWith('depth.npy') && pattern.test(error.message),
    );
  for (let length = 0; length < FROM_PYTHON.length; length++) {
    refuses(FROM_PYTHON.subarray(0, length), /damaged|does not begin with the bytes of one/);
  }
  refuses(file(dictionary('<f4', '2,'), [0, 0, 0, 0]), /should have \d+ bytes/);
  refuses(file(dictionary('<c8', '1,'), [0, 0, 0, 0, 0, 0, 0, 0]), /type <c8; known are f4/);
  refuses(file("{'descr': '<f4', 'shape': (1,), }\n", [0, 0, 0, 0]), /names no order or shape/);
  assert.throws(() => encodeNpy({ shape: [3], data: new Uint8Array(2) }), /cannot hold 2/);
});
