import assert from 'node:assert/strict';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { checkFolder } from './check.js';
import { crc32 } from './crc.test.fixture.js';
import { openFolder } from './folder.js';
import { jpeg, npy, png, rgb, temporaryFolder, writeTestFile } from './folder.test.fixture.js';
import { decodePngMap, readImage } from './image.js';
import { initDescription } from './init.js';
import { limitsOf } from './limits.js';
import { expectMapWithin } from './map-size.js';

/** A grey PNG of 8 bits whose header may say anything of its pixels. */
function pngOf(width: number, height: number, pixels: Uint8Array, interlaced = 0): Uint8Array {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32([...body]), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, interlaced], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const seg = { kind: 'segmentation', classes: ['a', 'b'] } as const;
const description = {
  name: 'x',
  splits: { train: { images: 'image/*.jpg', labels: { seg: 'label/*.png' } } },
  labels: { seg },
};

test('images and maps above the limit are refused by their headers, before anything is decoded', async (t) => {
  const root = await temporaryFolder(t);
  // The header of a JPEG says its size; the pixels behind it are those of a small one.
  const photo = Buffer.from(await jpeg(rgb(8, 8, () => [9, 9, 9])));
  const frame = photo.indexOf(Buffer.of(0xff, 0xc0));
  photo.writeUInt16BE(14000, frame + 5);
  photo.writeUInt16BE(20000, frame + 7);
  await writeTestFile(join(root, 'image/a.jpg'), photo);
  await writeTestFile(join(root, 'label/a.png'), pngOf(60000, 60000, new Uint8Array(1000)));
  const before = performance.now();
  const { problems } = await checkFolder({ root, description });
  assert.ok(performance.now() - before < 2000);
  const limit = 'above the limit of 100 ("maxMegapixels" in dataset.json); reduce it, or raise the limit';
  assert.deepEqual(problems, [
    `${join(root, 'image/a.jpg')}: is 20000x14000, 280 megapixels, ${limit}`,
    `${join(root, 'label/a.png')}: is 60000x60000, 3600 megapixels, ${limit}`,
  ]);
  const dataset = await openFolder({ root, description, split: 'train' });
  await assert.rejects(dataset.read(0), { name: 'NddrError', message: /megapixels, above the limit of 100/ });
  const init = initDescription(root, {
    images: { train: 'image/*.jpg' },
    labels: { segmentation: { train: 'label/*.png' } },
  });
  await assert.rejects(init, { name: 'NddrError', message: /60000x60000, 3600 megapixels, .*\(--max-megapixels\)/ });
});

test('the limit is a setting, and an image at the limit is read', async (t) => {
  const root = await temporaryFolder(t);
  await writeTestFile(join(root, 'image/a.jpg'), await jpeg(rgb(20, 10, () => [9, 9, 9])));
  await writeTestFile(join(root, 'label/a.png'), png(20, 10, 1, new Array(200).fill(1)));
  const check = async (maxMegapixels: number) =>
    (await checkFolder({ root, description: { ...description, maxMegapixels } })).problems;
  assert.deepEqual(await check(0.0002), []);
  const [image, label, ...more] = await check(0.000199);
  assert.match(
    image,
    /a\.jpg: is 20x10, 0\.0002 megapixels, above the limit of 0\.000199 \("maxMegapixels" in dataset\.json\)/,
  );
  assert.match(label, /a\.png: is 20x10, 0\.0002 megapixels, above the limit of 0\.000199/);
  assert.deepEqual(more, []);
  await assert.rejects(readImage(join(root, 'image/a.jpg'), { megapixels: 0.0001, setting: '--max-megapixels' }), {
    name: 'NddrError',
    message: /20x10, 0\.0002 megapixels, above the limit of 0\.0001 \(--max-megapixels\)/,
  });
});

test('a file that is larger than any image within the limit is not read', async (t) => {
  const root = await temporaryFolder(t);
  const path = await writeTestFile(join(root, 'a.jpg'), await jpeg(rgb(20, 10, () => [9, 9, 9])));
  await truncate(path, 5e9);
  await assert.rejects(
    readImage(path),
    /a\.jpg: is a file of 5000 MB, above the 1600 MB that .*the limit of megapixels is 100; reduce it$/,
  );
  await assert.rejects(expectMapWithin(path, limitsOf()), /is a file of 5000 MB/);
});

test('the size of a map is read from PNG and .npy headers; what is neither is left to its reader', async (t) => {
  const root = await temporaryFolder(t);
  const size = async (name: string, bytes: Uint8Array | string) =>
    expectMapWithin(await writeTestFile(join(root, name), bytes), limitsOf());
  assert.deepEqual(await size('a.png', png(3, 2, 1, [0, 0, 0, 0, 0, 0])), { width: 3, height: 2 });
  assert.deepEqual(await size('a.npy', npy([2, 3], [0, 0, 0, 0, 0, 0])), { width: 3, height: 2 });
  assert.deepEqual(await size('b.npy', npy([1, 2, 3], [0, 0, 0, 0, 0, 0])), { width: 3, height: 2 });
  assert.equal(await size('a.txt', 'text'), undefined);
  assert.equal(await expectMapWithin(join(root, 'none.png'), limitsOf()), undefined);
  await assert.rejects(size('c.npy', npy([20000, 20000], [])), /20000x20000, 400 megapixels/);
});

test('a PNG that holds more data than its header says is cut off; one that holds less is cut short', () => {
  const lies = (message: RegExp) => ({ name: 'NddrError', message });
  const bomb = new Uint8Array(50e6);
  for (const interlaced of [0, 1]) {
    const bytes = pngOf(4, 4, bomb, interlaced);
    assert.ok(bytes.length < 100e3);
    assert.throws(() => decodePngMap(bytes, 'a.png'), lies(/a\.png: .*it holds more data than an image of its size/));
  }
  assert.throws(
    () => decodePngMap(pngOf(9000, 9000, bomb.subarray(0, 1000)), 'a.png'),
    lies(/cut short .*rows are missing/),
  );
  assert.throws(() => decodePngMap(pngOf(0, 4, bomb.subarray(0, 4)), 'a.png'), lies(/it is 0x4/));
});
