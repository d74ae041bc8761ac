import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NddrError } from '../errors.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from './safetensors.js';

const join = (chunks: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(chunks));

/** A file by the specification: 8-byte little-endian length, the header's text, the data. */
function file(header: string, data: readonly number[], length = Buffer.byteLength(header)): Uint8Array {
  const head = [0, 8, 16, 24].map((shift) => (length >>> shift) & 0xff);
  return new Uint8Array([...head, 0, 0, 0, 0, ...Buffer.from(header), ...data]);
}

const refuses = (bytes: Uint8Array, pattern: RegExp) =>
  assert.throws(
    () => decodeSafetensors(bytes, 'runs/a.safetensors'),
    (error: Error) =>
      error instanceof NddrError && error.message.startsWith('runs/a.safetensors') && pattern.test(error.message),
  );

test('a file written by hand is read', () => {
  const header =
    '{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}';
  // 1.0 is 0x3f800000 and -2.0 is 0xc0000000.
  const { tensors, metadata } = decodeSafetensors(
    file(header, [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 7, 8, 255]),
    'by hand',
  );
  assert.deepEqual(tensors.get('w'), { dtype: 'F32', shape: [1, 2], data: new Float32Array([1, -2]) });
  assert.deepEqual(tensors.get('b'), { dtype: 'U8', shape: [3], data: new Uint8Array([7, 8, 255]) });
  assert.deepEqual(metadata, {});
});

test('tensors at any byte are read right, wherever the header ends', () => {
  const bytes = (pad: string) =>
    file(
      `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"I32","shape":[1],"data_offsets":[1,5]}}${pad}`,
      [9, 1, 2, 0, 0],
    );
  for (const pad of ['', ' ', '  ', '   ']) {
    for (const whole of [bytes(pad), Buffer.from(bytes(pad))]) {
      const data = decodeSafetensors(whole, 'odd').tensors.get('b')?.data;
      assert.deepEqual(data, new Int32Array([513]), `${pad.length} spaces`);
    }
  }
});

test('the bytes written follow the specification, widest types first, padded to 8', () => {
  const bytes = join(
    encodeSafetensors(
      new Map<string, StoredTensor>([
        ['mask', { dtype: 'BOOL', shape: [2], data: new Uint8Array([1, 0]) }],
        ['x', { dtype: 'F32', shape: [], data: new Float32Array([1]) }],
      ]),
      { by: 'hand' },
    ),
  );
  const header =
    '{"__metadata__":{"by":"hand"},"x":{"dtype":"F32","shape":[],"data_offsets":[0,4]},' +
    '"mask":{"dtype":"BOOL","shape":[2],"data_offsets":[4,6]}}';
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
  assert.deepEqual(bytes, file(padded, [0, 0, 0x80, 0x3f, 1, 0]));
});

test('every type survives being written and read, empty and scalar tensors too', () => {
  const tensors = new Map<string, StoredTensor>([
    ['conv.weight', { dtype: 'F32', shape: [2, 2], data: new Float32Array([0.1, -0, Number.NaN, Infinity]) }],
    ['half', { dtype: 'F16', shape: [2], data: new Uint16Array([0x3c00, 0xc000]) }],
    ['step', { dtype: 'I64', shape: [], data: new BigInt64Array([-(2n ** 63n)]) }],
    ['double', { dtype: 'F64', shape: [1], data: new Float64Array([Math.PI]) }],
    ['labels', { dtype: 'I32', shape: [3], data: new Int32Array([-1, 0, 2 ** 31 - 1]) }],
    ['bytes', { dtype: 'U8', shape: [1, 3], data: new Uint8Array([0, 128, 255]) }],
    ['mask', { dtype: 'BOOL', shape: [2], data: new Uint8Array([1, 0]) }],
    ['none', { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) }],
    ['__proto__', { dtype: 'I8', shape: [1], data: new Int8Array([-5]) }],
  ]);
  const read = decodeSafetensors(join(encodeSafetensors(tensors, { step: '500', note: 'é "quoted"' })), 'round trip');
  assert.deepEqual(new Map([...read.tensors].sort()), new Map([...tensors].sort()));
  assert.deepEqual(read.metadata, { step: '500', note: 'é "quoted"' });
});

test('weights are handed over as views, not copied', () => {
  const data = new Float32Array(4);
  const chunks = encodeSafetensors(new Map([['w', { dtype: 'F32', shape: [4], data }]]));
  assert.equal(chunks[1].buffer, data.buffer);
  const bytes = join(chunks);
  assert.equal(decodeSafetensors(bytes, 'whole').tensors.get('w')?.data.buffer, bytes.buffer);
});

// from safetensors.numpy import save  (safetensors 0.8.0, numpy 1.24.2)
// save({'seg.weight': np.array([[1.5, -2, 0.25], [3, 4, 5e-8]], np.float32),
//       'half': np.array([1, -2, 65504], np.float16), 'step': np.array(-7, np.int64),
//       'mask': np.array([True, False, True]), 'labels': np.array([[0, 255]], np.uint8)},
//      metadata={'made': 'with numpy'})
const FROM_PYTHON =
  'UAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJtYWRlIjoid2l0aCBudW1weSJ9LCJzdGVwIjp7ImR0eXBlIjoiSTY0Iiwic2hhcGUiOltdLCJk' +
  'YXRhX29mZnNldHMiOlswLDhdfSwic2VnLndlaWdodCI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMiwzXSwiZGF0YV9vZmZzZXRzIjpbOCwz' +
  'Ml19LCJoYWxmIjp7ImR0eXBlIjoiRjE2Iiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbMzIsMzhdfSwibGFiZWxzIjp7ImR0eXBlIjoi' +
  'VTgiLCJzaGFwZSI6WzEsMl0sImRhdGFfb2Zmc2V0cyI6WzM4LDQwXX0sIm1hc2siOnsiZHR5cGUiOiJCT09MIiwic2hhcGUiOlszXSwiZGF0' +
  'YV9vZmZzZXRzIjpbNDAsNDNdfX35/////////wAAwD8AAADAAACAPgAAQEAAAIBAlb9WMwA8AMD/ewD/AQAB';

test('a file of the reference implementation is read', () => {
  const { tensors, metadata } = decodeSafetensors(new Uint8Array(Buffer.from(FROM_PYTHON, 'base64')), 'from Python');
  assert.deepEqual(metadata, { made: 'with numpy' });
  assert.deepEqual(Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape])), {
    'seg.weight': [2, 3],
    half: [3],
    step: [],
    mask: [3],
    labels: [1, 2],
  });
  assert.deepEqual(tensors.get('seg.weight')?.data, new Float32Array([1.5, -2, 0.25, 3, 4, 5e-8]));
  assert.deepEqual(tensors.get('half')?.data, new Uint16Array([0x3c00, 0xc000, 0x7bff]));
  assert.deepEqual(tensors.get('step')?.data, new BigInt64Array([-7n]));
  assert.deepEqual(tensors.get('mask')?.data, new Uint8Array([1, 0, 1]));
});

test('a file cut at any byte is refused, with its name', () => {
  const whole = new Uint8Array(Buffer.from(FROM_PYTHON, 'base64'));
  for (let length = 0; length < whole.length; length++) refuses(whole.subarray(0, length), /damaged: .*earlier file/);
});

test('files that contradict themselves are refused', () => {
  const entry = (begin: number, end: number, shape = '[4]', dtype = 'U8') =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;
  const data = [1, 2, 3, 4, 5, 6, 7, 8];
  refuses(file(`{"a":${entry(0, 4)},"b":${entry(3, 7)}}`, data.slice(1)), /tensor b begins at byte 3, inside/);
  refuses(file(`{"a":${entry(0, 4)},"b":${entry(0, 4)}}`, data.slice(4)), /inside the tensor before/);
  refuses(file(`{"b":${entry(4, 8)}}`, data), /bytes 0 to 4 before tensor b belong to no tensor/);
  refuses(file(`{"a":${entry(0, 4)}}`, data), /4 bytes at its end belong to no tensor/);
  refuses(file(`{"a":${entry(8, 12)}}`, data), /bytes 0 to 8/);
  refuses(file(`{"a":${entry(0, 4)},"b":${entry(4, 8)}}`, data.slice(1)), /cut off: tensor b ends at byte 8/);
  refuses(file(`{"a":${entry(0, 8, '[3]')}}`, data), /spans bytes 0 to 8, but U8 \[3\] takes 3 bytes/);
  refuses(file(`{"a":${entry(0, 8, '[1]', 'F32')}}`, data), /F32 \[1\] takes 4 bytes/);
  refuses(file(`{"a":${entry(4, 0, '[4]')}}`, data), /takes 4 bytes/);
  refuses(file(`{"a":${entry(-8, 0, '[8]')}}`, data), /data_offsets \[-8,0\]/);
  refuses(file(`{"a":${entry(0, 8, '[-8]')}}`, data), /shape \[-8\]/);
  refuses(file(`{"a":${entry(0, 8, '[9007199254740991,9007199254740991]')}}`, data), /list of sizes/);
  refuses(file(`{"a":${entry(0, 8, '[8]', 'F4')}}`, data), /dtype "F4"; known are F64, /);
  refuses(file('{"a":7}', data), /dtype undefined/);
  refuses(file('{"__metadata__":{"step":5}}', []), /texts only/);
});

test('files of another kind are refused', () => {
  refuses(file('{"a":', []), /not a safetensors file: its header is not JSON/);
  refuses(file('[1]', []), /not a JSON object/);
  refuses(new Uint8Array(Buffer.from('\x89PNG\r\n\x1a\n and more bytes', 'latin1')), /not a safetensors file/);
  refuses(file('{}', [], 3), /cut off: its header should end at byte 11, the file ends at 10/);
});

test('data that does not fit its shape is not written', () => {
  const tensor: StoredTensor = { dtype: 'F32', shape: [2, 2], data: new Float32Array(3) };
  assert.throws(() => encodeSafetensors(new Map([['w', tensor]])), /Tensor w: shape \[2, 2\] does not fit its 3/);
});
