/** Files that were made or damaged to do harm: each is refused with a message, within bounds of memory. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, test } from 'node:test';
import { NddrError } from '../../errors.js';
import { Random } from '../../random.js';
import { memorySource, RECORDED, recorded } from '../memory.test.fixture.js';
import { type ZipPart, zipOf } from '../node/zip.test.fixture.js';
import { dictOf, join, op, storage, tensor } from '../pickle/pickle.test.fixture.js';
import { openSource } from './index.js';

/** Opens a file and reads all of it. */
async function readAll(bytes: Uint8Array, name: string): Promise<void> {
  const file = await openSource(memorySource(bytes, name));
  for (const entry of file.tensors.values()) await entry.read();
}

async function refused(bytes: Uint8Array, name: string, pattern: RegExp): Promise<void> {
  await assert.rejects(readAll(bytes, name), (error: Error) => {
    assert.ok(error instanceof NddrError, error.stack);
    assert.match(error.message, pattern);
    assert.ok(error.message.startsWith(name) && error.message.length < 1000, error.message);
    return true;
  });
}

const text = (content: string) => new TextEncoder().encode(content);

/** A file of PyTorch with this pickle, and storages of these bytes. */
const zipped = (pickle: Uint8Array, storages: readonly (Uint8Array | ZipPart)[] = [new Uint8Array(16)]) =>
  zipOf([
    { name: 'archive/data.pkl', content: pickle },
    ...storages.map((one, key) => (one instanceof Uint8Array ? { name: `archive/data/${key}`, content: one } : one)),
  ]);

const legacy = (pickle: Uint8Array, keys: Uint8Array = join(op.proto, op.emptyList, op.stop)) =>
  join(
    op.proto,
    op.long(0x1950a86a20f9469cfc6cn, 10),
    op.stop,
    join(op.proto, op.long(1001n, 2), op.stop),
    join(op.proto, op.emptyDict, op.string('little_endian'), op.raw('\x88'), op.setItem, op.stop),
    pickle,
    keys,
  );

const COMMAND = op.string('touch nddr-was-here');
const argument = join(op.mark, COMMAND, op.tuple);
const system = op.global('os', 'system');

/** Every way in which a pickle calls something. */
const calls: Record<string, Uint8Array> = {
  'REDUCE of os.system': join(system, argument, op.reduce),
  'REDUCE of posix.system': join(op.global('posix', 'system'), argument, op.reduce),
  'REDUCE of builtins.eval': join(op.global('builtins', 'eval'), argument, op.reduce),
  'REDUCE of __builtin__.getattr': join(op.global('__builtin__', 'getattr'), argument, op.reduce),
  'a name of several parts': join(op.global('torch', 'serialization.os.system'), argument, op.reduce),
  'a name of JavaScript': join(op.global('constructor', 'constructor'), argument, op.reduce),
  'a prototype': join(op.global('torch', '__proto__'), argument, op.reduce),
  INST: join(op.mark, COMMAND, op.instance('os', 'system')),
  OBJ: join(op.mark, system, COMMAND, op.object),
  NEWOBJ: join(op.global('subprocess', 'Popen'), argument, op.newObject),
  NEWOBJ_EX: join(op.global('subprocess', 'Popen'), argument, op.emptyDict, op.raw('\x92')),
  STACK_GLOBAL: join(op.string('os'), op.string('system'), op.raw('\x93'), argument, op.reduce),
  EXT1: join(op.extension(1), argument, op.reduce),
  BUILD: join(op.global('collections', 'OrderedDict'), op.emptyDict, op.build),
  'BUILD of a tensor': join(tensor(storage('0', 4), [4], [1]), op.emptyDict, op.build),
  'a call of a text': join(COMMAND, argument, op.reduce),
  'a call of a type': join(op.global('torch', 'FloatStorage'), argument, op.reduce),
  'numpy, whose loader runs pickles': join(op.global('numpy', 'load'), argument, op.reduce),
  'a rebuilder with wrong arguments': join(op.global('torch._utils', '_rebuild_tensor_v2'), argument, op.reduce),
  'a rebuilder of itself, 50,000 levels deep': rebuilderOfItself(50_000),
  'a rebuilder of another function': join(
    op.global('torch._tensor', '_rebuild_from_type_v2'),
    join(op.mark, op.global('torch', 'device'), op.none, argument, op.none, op.tuple),
    op.reduce,
  ),
};

/** A call of a rebuilder whose arguments are such a call again: (function, type, arguments of the function). */
function rebuilderOfItself(levels: number): Uint8Array {
  const text = (bytes: string) => Buffer.from(bytes, 'latin1');
  // Memo 0 is the function, memo 1 the arguments so far: h\0 fetches, \x87 makes a tuple of three, q\1 stores, 0 drops.
  const begin = text('ctorch._tensor\n_rebuild_from_type_v2\nq\x00)q\x010');
  return join(begin, text('h\x00Nh\x01\x87q\x010'.repeat(levels)), text('h\x01R'));
}

for (const [what, value] of Object.entries(calls)) {
  test(`a pickle with ${what} is refused, in both forms of PyTorch files`, async () => {
    const names =
      /refers to (os|posix|subprocess|builtins|__builtin__|torch|constructor|numpy)\.\S+|registry of extensions|damaged/;
    await refused(zipped(dictOf(value)), 'a.pth', names);
    await refused(legacy(dictOf(value)), 'a.pth', names);
  });
}

test('data beside tensors is never called, and left out by its name', async () => {
  const namespace = join(op.global('argparse', 'Namespace'), op.emptyTuple, op.newObject, op.emptyDict, op.build);
  const pickle = join(
    op.proto,
    ...[op.emptyDict, op.string('args'), namespace, op.setItem],
    ...[op.string('w'), tensor(storage('0', 4), [2, 2], [2, 1]), op.setItem, op.stop],
  );
  const file = await openSource(memorySource(zipped(pickle), 'a.pth'));
  assert.deepEqual([[...file.tensors.keys()], file.metadata], [['w'], { 'left out': 'args (argparse.Namespace)' }]);
});

const TERA = 10n ** 12n;
const one = (shape: readonly (number | bigint)[], strides: readonly (number | bigint)[], offset: number | bigint = 0) =>
  zipped(dictOf(tensor(storage('0', 4), shape, strides, offset)));
const nested = (levels: number) => {
  // Each list holds the one before twice, by the memo.
  const level = (key: number) =>
    join(op.raw('0'), op.emptyList, op.get(key), op.append, op.get(key), op.append, op.put(key + 1));
  return join(tensor(storage('0', 4), [4], [1]), op.put(0), ...Array.from({ length: levels }, (_, key) => level(key)));
};

/** Files that lie about what they hold. */
const lies: Record<string, [Uint8Array, RegExp]> = {
  'a storage of terabytes': [
    zipped(dictOf(tensor(storage('0', TERA), [TERA], [1]))),
    /should have 4000000000000 bytes/,
  ],
  'a storage of terabytes, legacy': [
    legacy(
      dictOf(tensor(storage('0', TERA), [TERA], [1])),
      join(op.proto, op.emptyList, op.string('0'), op.append, op.stop),
    ),
    /cut off/,
  ],
  'a storage that is missing': [zipped(dictOf(tensor(storage('7', 4), [4], [1]))), /no entry archive\/data\/7/],
  'a storage that is missing, legacy': [legacy(dictOf(tensor(storage('0', 4), [4], [1]))), /storage "0" is missing/],
  'a storage of -1 numbers': [zipped(dictOf(tensor(storage('0', -1), [0], [1]))), /not one to a storage/],
  'a storage of 2^64 numbers': [zipped(dictOf(tensor(storage('0', 2n ** 64n), [4], [1]))), /not one to a storage/],
  'a part beyond its storage': [
    zipped(
      dictOf(
        tensor(
          storage('0', 4, 'FloatStorage', join(op.mark, op.string('v'), op.byte(3), op.byte(2), op.tuple)),
          [2],
          [1],
        ),
      ),
    ),
    /part of storage "0" that reaches beyond/,
  ],
  'a tensor larger than its storage': [one([5], [1]), /reaches beyond its storage of 4 numbers/],
  'an offset beyond the storage': [one([1], [1], 4), /beyond its storage/],
  'strides beyond the storage': [one([2, 2], [3, 1]), /beyond its storage/],
  'a negative stride': [one([2], [-1], 1), /no counts/],
  'a negative offset': [one([1], [1], -1), /no counts/],
  'a negative size': [one([-4], [1]), /no counts/],
  'sizes whose product is beyond 2^53': [one([2n ** 30n, 2n ** 30n], [0, 0]), /no counts/],
  'one number repeated to terabytes': [one([10 ** 6, 10 ** 6], [0, 0]), /by repeating them/],
  'fewer strides than axes': [one([2, 2], [1]), /one stride for each axis/],
  'a memo bomb': [zipped(dictOf(nested(28))), /hold one another too often/],
  'a deep memo bomb': [zipped(dictOf(nested(60))), /hold one another too often/],
  'a dict that holds itself': [
    zipped(join(op.proto, op.emptyDict, op.put(0), op.string('w'), op.get(0), op.setItem, op.stop)),
    /hold one another too often/,
  ],
  'deep nesting': [
    zipped(join(op.proto, op.raw('('.repeat(100_000)), op.none, op.raw('l'.repeat(100_000)), op.stop)),
    /hold one another too often/,
  ],
  'a million containers': [zipped(join(op.proto, op.raw(']'.repeat(2_000_000)), op.stop)), /more than 500000 objects/],
  'a million remembered values': [
    zipped(join(op.proto, op.none, op.raw('\x94'.repeat(2_000_000)), op.stop)),
    /more than 500000 objects/,
  ],
  'a text of 4 GB': [zipped(dictOf(op.raw('X\xff\xff\xff\xffabc'))), /cut off/],
  'a text of 2^63 bytes': [zipped(dictOf(op.raw('\x8d\x00\x00\x00\x00\x00\x00\x00\x80'))), /cut off/],
  'an integer of a million bytes': [
    zipped(dictOf(op.raw(`\x8b\x40\x42\x0f\x00${'1'.repeat(1_000_000)}`))),
    /integer of 1000000 bytes/,
  ],
  'an integer of a million digits': [zipped(dictOf(op.raw(`L${'1'.repeat(1_000_000)}L\n`))), /for an integer/],
  'a pickle of 20 MB': [zipped(new Uint8Array(17e6)), /pickle takes 17000000 bytes/],
  'pickles without an end': [legacy(join(op.raw('X\xff\xff\xff\xff'), new Uint8Array(17e6))), /pickles do not end/],
  'ten million numbers': [legacy(new Uint8Array(1e7).fill(0x4e)), /more than 4000000 values/],
  'a pop from nothing': [zipped(join(op.proto, op.raw('0'), op.stop)), /takes more than it has/],
  'an unknown opcode': [zipped(join(op.proto, op.raw('\xff'), op.stop)), /unknown opcode 0xff at byte 2/],
  'a value that was not remembered': [zipped(join(op.get(3), op.stop)), /recalls value 3/],
  'a name that steers a terminal': [zipped(dictOf(op.global('\x1b[2J', 'evil'))), /refers to \ufffd\[2J\.evil, which/],
  'an entry that inflates to terabytes': [
    zipOf([{ name: 'w.npy', content: new Uint8Array(1000), deflate: true, claims: { size: 10 ** 12 } }]),
    /claims 1000000000000 bytes/,
  ],
  'an entry that inflates to more than it says': [
    zipOf([{ name: 'archive/data.pkl', content: new Uint8Array(10 ** 7), deflate: true, claims: { size: 1000 } }]),
    /inflates to more than 1000 bytes/,
  ],
  'an entry that inflates to less': [
    zipOf([{ name: 'archive/data.pkl', content: new Uint8Array(1000), deflate: true, claims: { size: 2000 } }]),
    /should inflate to 2000 bytes and ends after 1000/,
  ],
  'a stored entry of another size': [
    zipOf([{ name: 'w.npy', content: new Uint8Array(100), claims: { size: 10 ** 12 } }]),
    /claims 1000000000000 bytes/,
  ],
  'an entry beyond the file': [
    zipOf([{ name: 'w.npy', content: new Uint8Array(100), claims: { offset: 2 ** 40 } }]),
    /ends after the end of the file/,
  ],
  'an entry where no entry is': [
    zipOf([7, 0].map((offset) => ({ name: `${offset}.npy`, content: new Uint8Array(10), claims: { offset } }))),
    /header is not where it should be/,
  ],
  'an encrypted entry': [zipOf([{ name: 'w.npy', content: new Uint8Array(100), claims: { flags: 1 } }]), /encrypted/],
  'an entry compressed by another method': [
    zipOf([{ name: 'w.npy', content: new Uint8Array(100), claims: { method: 14 } }]),
    /method 14/,
  ],
  'two entries of one name': [
    zipOf(['w.npy', 'w.npy'].map((name) => ({ name, content: new Uint8Array(10) }))),
    /two entries named w\.npy/,
  ],
  'more entries than there are': [zipOf([{ name: 'w.npy', content: new Uint8Array(10) }], 60_000), /ends after 1/],
  'an array of terabytes': [
    zipOf([{ name: 'w.npy', content: npy('(1000000, 1000000)', 64) }]),
    /should have 4000000000128 bytes/,
  ],
  'an array beyond 2^53': [
    zipOf([{ name: 'w.npy', content: npy('(999999999999, 999999999999)', 64) }]),
    /should have .* bytes for its shape/,
  ],
  'a header of 99 MB': [
    join(Uint8Array.from([0xc0, 0x9e, 0xe6, 0x05, 0, 0, 0, 0]), text('{'), new Uint8Array(1000)),
    /header of 99000000 bytes, and at most/,
  ],
};

/** A `.npy` file of float32 with this shape, and so many bytes of numbers. */
function npy(shape: string, bytes: number): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117);
  return join(op.raw(`\x93NUMPY\x01\x00\x76\x00${header}\n`), new Uint8Array(bytes));
}

for (const [what, [bytes, pattern]] of Object.entries(lies)) {
  test(`${what}: refused with one message`, () => refused(bytes, 'a.bin', pattern));
}

// What lies in folders consists of several files, see damage.test.ts.
const files = readdirSync(RECORDED, { withFileTypes: true })
  .filter((one) => one.isFile() && !one.name.endsWith('.json'))
  .map(({ name }) => name);

/** Reads a damaged file. It may be sound by chance, and what it throws has to be for people. */
async function mayBeRead(bytes: Uint8Array, name: string, how: string): Promise<boolean> {
  try {
    await readAll(bytes, name);
    return true;
  } catch (error) {
    assert.ok(error instanceof NddrError, `${name}, ${how}: ${(error as Error).stack}`);
    return false;
  }
}

test('files that are cut off are refused, wherever they end', async () => {
  const random = new Random(1);
  for (const name of files) {
    const whole = recorded(name);
    const ends = [
      0,
      1,
      4,
      30,
      whole.length - 1,
      whole.length - 22,
      ...Array.from({ length: 12 }, () => random.integer(whole.length)),
    ];
    for (const end of ends)
      assert.ok(!(await mayBeRead(whole.slice(0, end), name, `cut at ${end}`)), `${name} at ${end}`);
  }
});

test('files with wrong bits are read or refused, and never anything else', async () => {
  const random = new Random(2);
  for (const name of files) {
    for (let trial = 0; trial < 25; trial++) {
      const bytes = recorded(name);
      const flips = Array.from({ length: 1 + (trial % 3) }, () => random.integer(bytes.length));
      for (const at of flips) bytes[at] ^= 1 << random.integer(8);
      await mayBeRead(bytes, name, `bits at ${flips.join(', ')}`);
    }
  }
});

after(() => {
  const megabytes = process.resourceUsage().maxRSS / 1024;
  assert.ok(megabytes < 512, `${megabytes} MB`);
});
