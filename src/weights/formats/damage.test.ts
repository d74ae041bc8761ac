/** Files that are damaged, or made to mislead: each ends in one NddrError or in numbers, and takes little memory. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NddrError } from '../../errors.js';
import { Random } from '../../random.js';
import { memorySource, RECORDED } from '../memory.test.fixture.js';
import { openWeights } from '../node/open.js';
import { bundle, caffeWith, manifest, message, onnxWith, outside, table } from './forged.test.fixture.js';
import { openSource } from './index.js';

/** The file to open, in a folder of fixtures, and how many of its beginnings are whole files, of fewer layers say. */
const FIXTURES: readonly (readonly [folder: string, file: string, beginnings: number])[] = [
  ['onnx', 'typed.onnx', 1],
  ['onnx', 'outside.onnx', 0],
  ['tfjs', 'layers.json', 0],
  ['tfjs', 'weights_manifest.json', 0],
  ['caffe', 'today.caffemodel', 6],
  ['caffe', 'version1.caffemodel', 18],
  ['tensorflow', 'small.ckpt.index', 0],
  ['tensorflow', 'model.ckpt-20000.index', 0],
];

const filesOf = (name: string): Map<string, Uint8Array> =>
  new Map(
    readdirSync(join(RECORDED, name))
      .filter((file) => !file.endsWith('.expected.json'))
      .map((file) => [file, new Uint8Array(readFileSync(join(RECORDED, name, file)))]),
  );

/** Opens a file and reads all its numbers. @returns the error's message; undefined when all could be read */
async function outcome(files: ReadonlyMap<string, Uint8Array>, file: string): Promise<string | undefined> {
  try {
    const { tensors } = await openSource(memorySource(files.get(file) as Uint8Array, file, files));
    for (const entry of tensors.values()) {
      const { data, shape } = await entry.read();
      assert.equal(
        data.length,
        shape.reduce((product, size) => product * size, 1),
      );
    }
    return undefined;
  } catch (error) {
    if (error instanceof NddrError) return error.message;
    throw error;
  }
}

for (const [name, file, beginnings] of FIXTURES) {
  const files = filesOf(name);
  const whole = files.get(file) as Uint8Array;

  test(`${file}, cut off anywhere, is refused`, async () => {
    const step = Math.max(1, Math.floor(whole.length / 150));
    const read: number[] = [];
    for (let length = 0; length < whole.length - 1; length += step) {
      if (!(await outcome(new Map(files).set(file, whole.subarray(0, length)), file))) read.push(length);
    }
    assert.ok(read.length <= beginnings, `${read.join(', ')} bytes`);
  });

  test(`${file} or a file beside it with flipped bits ends in an error of ours or in numbers`, async () => {
    const random = new Random(5);
    const others = [...files.keys()];
    for (let round = 0; round < 120; round++) {
      const target = round % 4 === 0 ? others[random.integer(others.length)] : file;
      const bytes = (files.get(target) as Uint8Array).slice();
      for (let flips = 1 + (round % 3); flips > 0; flips--) {
        bytes[random.integer(bytes.length)] ^= 1 << random.integer(8);
      }
      await outcome(new Map(files).set(target, bytes), file);
    }
  });
}

test('random bytes are refused in one sentence, whatever they are named', async () => {
  const random = new Random(9);
  for (const name of ['a.onnx', 'a.caffemodel', 'model.json', 'a.index', 'a.data-00000-of-00001', 'a.ckpt']) {
    for (let round = 0; round < 40; round++) {
      const bytes = Uint8Array.from({ length: 1 + 13 * round }, () => random.integer(256));
      const message = await outcome(new Map([[name, bytes]]), name);
      assert.match(message ?? '', / is not | should |needs the file|is damaged/, name);
      assert.ok((message ?? '').length < 400, message);
    }
    assert.ok(await outcome(new Map([[name, new Uint8Array()]]), name), `${name}, empty`);
  }
});

const TERA = 10n ** 12n;
const half = new Uint8Array(4);

test('files that lie are refused for what they lie about', async () => {
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['a.onnx', onnxWith([1, TERA], [9, half]), /w, F32 \[1000000000000\], takes 4000000000000 bytes, and there are 4/],
    ['a.onnx', onnxWith([1, TERA], [1, TERA], [9, half]), /has the shape \[1000000000000, 1000000000000\]/],
    ['a.onnx', onnxWith([1, -1], [9, half]), /has the shape \[-1\]/],
    ['a.onnx', onnxWith([1, 2], [4, half]), /takes 8 bytes, and there are 4/],
    ['a.onnx', onnxWith([1, 2], [5, half]), /lie in field 5, not that of F32/],
    ['a.onnx', onnxWith([1, 2], [9, new Uint8Array(8)], [3, half]), /stored in segments/],
    ['a.onnx', message([1, 8], [8, half.subarray(4)]), /holds 0 graphs instead of one/],
    ['a.onnx', message([1, 8], [7, half.subarray(4)]), /no version of the operators/],
    ['a.onnx', outside(['location', 'shard'], ['offset', '4']), /w, F32 \[2\], takes 8 bytes, and there are 4/],
    [
      'a.onnx',
      outside(['location', 'shard'], ['offset', '9'], ['length', '8']),
      /end at byte 17 of shard, which has 8/,
    ],
    ['a.onnx', outside(['location', 'shard'], ['length', '-8']), /length "-8" of w is no number of bytes/],
    ['a.onnx', outside(['location', 'shard'], ['offset', '1e3']), /offset "1e3" of w is no number of bytes/],
    ['a.onnx', outside(['offset', '0']), /no location says where/],
    ['a.caffemodel', caffeWith([7, message([1, TERA])], [5, half]), /conv.weight, F32 \[1000000000000\], takes/],
    ['a.caffemodel', caffeWith([1, TERA], [2, TERA], [3, TERA], [4, TERA]), /which no tensor can have/],
    ['a.caffemodel', caffeWith([7, message([1, 1])], [5, half], [8, new Uint8Array(8)]), /holds its numbers twice/],
    ['a.caffemodel', message([2, message([1, message([1, 'conv'])])]), /layers of Caffe's version 0/],
    ['a.caffemodel', message([1, 'net']), /holds no layers/],
    ['a.json', manifest({ shape: [1e6, 1e6] }), /w ends at byte 4000000000000 of its shards, which have 8 bytes/],
    ['a.json', manifest({ shape: [1e9, 1e9] }), /has the shape \[1000000000, 1000000000\]/],
    ['a.json', manifest({ shape: [0.5] }), /has the shape \[0.5\]/],
    ['a.json', manifest({ shape: [1] }), /take 4 bytes, and their shards have 8/],
    ['a.json', manifest({}, ['absent']), /needs the file absent/],
    ['a.json', manifest({ dtype: 'string' }), /has dtype "string"; read are float32/],
    ['a.json', manifest({ quantization: { dtype: 'uint8', scale: 'x', min: 0 } }), /has the quantization/],
    ['a.json', new TextEncoder().encode('{"name": "package"}'), /has no weightsManifest/],
    ['a.index', bundle([1, 1], [2, message([2, message([1, TERA])])], [5, 4]), /takes 4000000000000 bytes, .* are 4/],
    ['a.index', bundle([1, 1], [3, 7], [5, 4]), /lies in data file 7, counted from 0, of 1/],
    ['a.index', bundle([1, 1], [4, 6], [5, 4]), /should lie at bytes 6 to 10, and it has 8/],
    ['a.index', bundle([1, 1], [4, -8], [5, 4]), /should lie at bytes -8 to -4/],
    ['a.index', bundle([1, 1], [5, 4]), /the checksum of w differs from its content/],
    ['a.index', bundle([1, 1], [7, half.subarray(0, 0)]), /w is partitioned into slices/],
    ['a.index', table([['', message([1, 1], [2, 1])]]), /big-endian/],
    ['a.index', table([['', message([1, 0])]]), /says that it has 0 data files/],
    ['a.index', table([['', message([1, 1], [3, message([2, 9])])]]), /version 9 of the format/],
    ['a.index', table([['w', message([1, 1])]]), /first entry is not the header/],
    ['a.index', table([['', message([1, 1])]], 1), /is compressed \(Snappy\)/],
  ];
  const files = new Map<string, Uint8Array>([
    ['shard', new Uint8Array(8)],
    ['a.data-00000-of-00001', new Uint8Array(8)],
  ]);
  for (const [name, bytes, expected] of cases) {
    assert.match((await outcome(new Map(files).set(name, bytes), name)) ?? 'no error', expected);
  }
});

test('flipped bits of a checkpoint whose checksums hold end in an error of ours or in numbers', async () => {
  const random = new Random(3);
  const entry = message([1, 1], [2, message([2, message([1, 2])])], [5, 8], [6, 77]);
  const files = new Map<string, Uint8Array>([['a.data-00000-of-00001', new Uint8Array(8)]]);
  const pairs = ['', 'layer/kernel', 'layer/kernel/Momentum'].map(
    (key) => [key, key ? entry : message([1, 1])] as const,
  );
  for (let round = 0; round < 500; round++) {
    const index = table(pairs, 0, (block) => block.with(random.integer(block.length), random.integer(256)));
    await outcome(new Map(files).set('a.index', index), 'a.index');
  }
});

test('hundreds of thousands of fields that mean nothing are not walked to their end', async () => {
  const field = [0x30, 1]; // number 6, a varint, in two bytes
  const fields = Uint8Array.from({ length: 800_002 }, (_, i) => field[i % 2]);
  const bytes = message([7, fields], [8, message([2, 17])]);
  assert.match((await outcome(new Map([['a.onnx', bytes]]), 'a.onnx')) ?? '', /more than 400000 fields/);
});

test('numbers outside an ONNX file are read in its folder only', async () => {
  const top = await mkdtemp(join(tmpdir(), 'nddr-weights-'));
  try {
    await mkdir(join(top, 'model', 'below'), { recursive: true });
    await writeFile(join(top, 'secret'), new Uint8Array(8));
    await writeFile(join(top, 'model', 'below', 'inside'), new Uint8Array(8));
    await symlink(join(top, 'secret'), join(top, 'model', 'link'));
    const file = join(top, 'model', 'a.onnx');
    for (const location of ['../secret', join(top, 'secret'), 'below/../../secret', 'link', '..\\secret']) {
      await writeFile(file, outside(['location', location]));
      await assert.rejects(openWeights(file), (error) => error instanceof NddrError && /folder/.test(error.message));
    }
    await writeFile(file, outside(['location', 'below/inside']));
    assert.equal((await openWeights(file)).tensors.size, 1);
  } finally {
    await rm(top, { recursive: true });
  }
});

test('a file beyond the limit of protobuf, and a model.json of many megabytes, are refused unread', async () => {
  const top = await mkdtemp(join(tmpdir(), 'nddr-weights-'));
  try {
    for (const [name, size] of [
      ['a.onnx', 2 ** 31],
      ['a.caffemodel', 2 ** 33],
      ['model.json', 2 ** 30],
      ['a.index', 2 ** 30],
    ] as const) {
      const file = join(top, name);
      await writeFile(file, '');
      await truncate(file, size); // takes no space on most disks
      await assert.rejects(
        openWeights(file),
        (error) => error instanceof NddrError && error.message.includes(`${size}`),
      );
    }
  } finally {
    await rm(top, { recursive: true });
  }
});
