import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { NddrError } from '../../errors.js';
import { temporaryFolder } from '../folder.test.fixture.js';
import { openHdf5 } from './file.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../../../tests/fixtures/${name}`, import.meta.url));
const small = fixture('nyu-v2-small.mat');

test('numbers and texts of a MATLAB 7.3 file are read in parts', async () => {
  const file = await openHdf5(small);
  try {
    assert.deepEqual(await file.describe('labels'), { shape: [4, 24, 20], type: 'uint16', chunks: [3, 12, 10] });
    assert.equal(await file.describe('nothing'), undefined);
    assert.deepEqual(await file.texts('names'), ['wall', 'bottle', 'floor', 'cat house']);
    // Columns first: 20 pixels of the column x = 1 follow those of x = 0.
    const depth = await file.slab('depths', 2, 3);
    assert.deepEqual([depth.constructor, depth.length], [Float32Array, 480]);
    assert.deepEqual([depth[0], depth[1], depth[20]], [1.5, 1.5 + 1 / 2048, 1.5 + 1 / 1024]);
    const images = await file.slab('images', 1, 4);
    assert.deepEqual([images[0], images[1], images[480], images[1440]], [40, 45, 110, 80]);
    await assert.rejects(file.slab('images', 3, 5), { name: 'NddrError', message: /"images" has no entries 3 to 5/ });
    await assert.rejects(file.slab('names', 0, 1), { name: 'NddrError', message: /"names" holds no plain numbers/ });
    await assert.rejects(file.texts('images'), { name: 'NddrError', message: /"images" holds no references to texts/ });
  } finally {
    await file.close();
  }
});

/** Files of tests/peers/h5py_hostile.py, a data set of each, and what is said of it. */
const hostile = {
  'claims-terabytes.mat': ['images', /"images" claims 9216000000000 bytes \(10000000x3x640x480\) in a file of \d+/],
  'claims-pieces.mat': ['images', /"images" is stored in pieces of 1x16384x16384, above 67108864 bytes each/],
  'bomb.mat': ['images', /"images" cannot be read from entry 0 on/],
  'other-file.mat': ['images', /"images" cannot be read from entry 0 on/],
  'other-link.mat': ['images', /"images" is missing/],
  'big-endian.mat': ['images', /"images" holds no plain numbers/],
} as const;
for (const [name, [dataset, message]] of Object.entries(hostile)) {
  test(`${name}: one message and little memory`, async () => {
    const file = await openHdf5(fixture(`hdf5/${name}`));
    try {
      await assert.rejects(file.slab(dataset, 0, 1), { name: 'NddrError', message });
    } finally {
      await file.close();
    }
    const { maxRSS } = process.resourceUsage();
    assert.ok(maxRSS * 1024 < 512e6, `${maxRSS} KB at the peak`);
  });
}

test('no file, a file of other things, one cut short and one of random bytes are refused', async (t) => {
  const root = await temporaryFolder(t);
  const whole = await readFile(small);
  const noise = Buffer.from(whole);
  for (let i = 520; i < noise.length; i++) noise[i] = (i * 2654435761) >>> 24;
  const files = {
    'text.mat': [Buffer.from('hello'), /is no HDF5 \(MATLAB 7\.3\) file/],
    'cut.mat': [whole.subarray(0, 9000), /the HDF5 file is cut short or damaged/],
    'noise.mat': [noise, /the HDF5 file is cut short or damaged/],
  } as const;
  for (const [name, [content, message]] of Object.entries(files)) {
    await writeFile(join(root, name), content);
    await assert.rejects(openHdf5(join(root, name)), { name: 'NddrError', message });
  }
  await assert.rejects(openHdf5(join(root, 'none.mat')), { name: 'NddrError', message: /cannot be read \(ENOENT\)/ });
});

test('a damaged file gives numbers or one message, and never ends the program', async (t) => {
  const root = await temporaryFolder(t);
  const path = join(root, 'damaged.mat');
  const whole = await readFile(small);
  for (let round = 0; round < 6; round++) {
    const damaged = Buffer.from(whole);
    for (let i = 0; i < 40; i++) damaged[512 + ((round * 7919 + i * 104729) % 4096)] ^= 1 + ((i * 37) % 255);
    await writeFile(path, damaged);
    try {
      const file = await openHdf5(path);
      try {
        await file.slab('images', 0, 1);
        await file.texts('names');
      } finally {
        await file.close();
      }
    } catch (error) {
      assert.ok(error instanceof NddrError, String(error));
    }
  }
});
