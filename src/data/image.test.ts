import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { crc32 as crcOf } from './crc.test.fixture.js';
import { jpeg, png, rgb, temporaryFolder, writeTestFile } from './folder.test.fixture.js';
import {
  decodePngMap,
  encodeGreyPng,
  encodePng,
  isImageFile,
  isUnreadableImage,
  readImage,
  readImageInfo,
  readPhoto,
  readPngMap,
} from './image.js';

/** Reads the bytes of an image from a file. */
const readBytes = async (t: TestContext, bytes: Uint8Array) =>
  readImage(await writeTestFile(join(await temporaryFolder(t), 'a.png'), bytes));

test('an RGB PNG comes back pixel by pixel', async (t) => {
  const image = rgb(3, 2, (x, y) => [10 * x, 100 * y, 7]);
  const read = await readBytes(t, await encodePng(image));
  assert.deepEqual([read.width, read.height, [...read.data]], [3, 2, [...image.data]]);
});

test('grey becomes RGB, 16 bits become 8, transparent pixels become white', async (t) => {
  const grey = await readBytes(t, png(2, 1, 1, [0, 200]));
  assert.deepEqual([...grey.data], [0, 0, 0, 200, 200, 200]);
  const deep = await readBytes(t, png(1, 1, 3, [65535, 0, 32896], 16));
  assert.deepEqual([...deep.data], [255, 0, 128]);
  const clear = await readBytes(t, png(2, 1, 4, [9, 8, 7, 255, 9, 8, 7, 0]));
  assert.deepEqual([...clear.data], [9, 8, 7, 255, 255, 255]);
});

test('an image is turned as its EXIF orientation says', async (t) => {
  const { data } = rgb(2, 1, (x) => (x === 0 ? [255, 0, 0] : [0, 0, 255]));
  const raw = { width: 2, height: 1, channels: 3 } as const;
  // 6: the camera was held so that the picture must be turned clockwise; what was left is then above.
  const bytes = await sharp(data, { raw }).withMetadata({ orientation: 6 }).png().toBuffer();
  const read = await readBytes(t, bytes);
  assert.deepEqual([read.width, read.height, [...read.data]], [1, 2, [255, 0, 0, 0, 0, 255]]);
});

test('the header tells the stored size, the orientation and the pages without decoding', async (t) => {
  const root = await temporaryFolder(t);
  const grey = (width: number, height: number) => Buffer.alloc(3 * width * height, 99);
  const raw = { width: 2, height: 6, channels: 3 } as const;
  const turned = await sharp(grey(2, 6), { raw }).withMetadata({ orientation: 8 }).jpeg().toBuffer();
  const photo = await writeTestFile(join(root, 'a.jpg'), turned);
  const info = { width: 2, height: 6, orientation: 8, pages: 1 };
  assert.deepEqual(await readImageInfo(photo), info);
  const read = await readPhoto(photo);
  assert.deepEqual([read.info, read.image.width, read.image.height], [info, 6, 2]);
  // Three frames of 2 x 2, one below the other; the first is red.
  const frames = Buffer.concat([
    Buffer.from([255, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0]),
    Buffer.from(Array.from({ length: 24 }, (_, at) => 9 * at)),
  ]);
  const animated = sharp(frames, { raw: { ...raw, pageHeight: 2 } });
  const gif = await writeTestFile(join(root, 'b.gif'), await animated.gif().toBuffer());
  assert.deepEqual(await readImageInfo(gif), { width: 2, height: 2, orientation: 1, pages: 3 });
  const first = await readImage(gif);
  assert.deepEqual([first.width, first.height, [...first.data.subarray(0, 3)]], [2, 2, [255, 0, 0]]);
});

test('HEIC is named with what to do, whatever the file is called; an empty file is named', async (t) => {
  const root = await temporaryFolder(t);
  const heic = Buffer.concat([Buffer.of(0, 0, 0, 24), Buffer.from('ftypheic'), Buffer.alloc(40)]);
  for (const [name, bytes] of [
    ['a.heic', heic],
    ['a.jpg', heic],
    ['cut.HEIF', heic.subarray(0, 3)],
  ] as const) {
    const path = await writeTestFile(join(root, name), bytes);
    const message = new RegExp(`${name}: HEIC images cannot be read. Convert it to JPEG first`);
    await assert.rejects(readImage(path), { name: 'NddrError', message });
    await assert.rejects(readImageInfo(path), { name: 'NddrError', message });
  }
  await assert.rejects(readImage(await writeTestFile(join(root, 'b.jpg'), '')), /b\.jpg: the file is empty/);
  await assert.rejects(readImageInfo(join(root, 'none.jpg')), /none\.jpg: there is no such file/);
});

test('images are known by their ending in any case', () => {
  for (const name of ['a.TIF', 'b/a.Jpg', 'a.WEBP', 'a.x.png', 'a.avif', 'a.GIF', 'a.jpeg', 'a.jfif'])
    assert.ok(isImageFile(name), name);
  for (const name of ['a.npy', 'jpg', 'a.jpg.txt', '.png', 'a.heic']) assert.ok(!isImageFile(name), name);
  for (const name of ['a.HEIC', 'a.bmp', 'a.orf']) assert.ok(isUnreadableImage(name), name);
});

test('a truncated JPEG is refused wherever it was cut', async (t) => {
  const root = await temporaryFolder(t);
  const bytes = await jpeg(rgb(64, 48, (x, y) => [(x * 37) % 256, (y * 91) % 256, (x * y) % 256]));
  for (const share of [0.3, 0.6, 0.98]) {
    const path = await writeTestFile(join(root, 'cut.jpg'), bytes.subarray(0, Math.floor(bytes.length * share)));
    await assert.rejects(readImage(path), { name: 'NddrError', message: /cut\.jpg: .*(cut short|not an image)/ });
  }
});

test('what is no image, and what is not there, is refused by name', async (t) => {
  const root = await temporaryFolder(t);
  const path = await writeTestFile(join(root, 'notes.jpg'), 'not a picture');
  await assert.rejects(readImage(path), {
    name: 'NddrError',
    message: /notes\.jpg: is not an image .*expected JPEG, PNG/,
  });
  await assert.rejects(readImage(join(root, 'gone.jpg')), { name: 'NddrError', message: /gone\.jpg.*no such file/ });
  await assert.rejects(readPngMap(path), { name: 'NddrError', message: /notes\.jpg: is not a PNG/ });
});

test('grey maps of 8 and 16 bits come back exactly', () => {
  assert.deepEqual(
    [...decodePngMap(encodeGreyPng({ width: 3, height: 1, data: Uint8Array.of(0, 11, 255) }), 'a').data],
    [0, 11, 255],
  );
  const deep = decodePngMap(encodeGreyPng({ width: 2, height: 2, data: Uint16Array.of(0, 1, 40000, 65535) }), 'b');
  assert.deepEqual([deep.bits, [...deep.data]], [16, [0, 1, 40000, 65535]]);
});

test('palette indices are kept, also at 4 bits a pixel', () => {
  const chunk = (type: string, data: readonly number[]) => {
    const body = [...Buffer.from(type), ...data];
    const word = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
    return [...word(data.length), ...body, ...word(crcOf(body))];
  };
  // 3 x 2 pixels of 4 bits, colour type 3 (palette); rows 1 2 0 and 2 2 1, each after a filter byte of 0.
  const rows = deflateSync(Buffer.from([0, 0x12, 0x00, 0, 0x22, 0x10]));
  const bytes = Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk('IHDR', [0, 0, 0, 3, 0, 0, 0, 2, 4, 3, 0, 0, 0]),
    ...chunk('PLTE', [0, 0, 0, 200, 0, 0, 200, 0, 0]),
    ...chunk('IDAT', [...rows]),
    ...chunk('IEND', []),
  ]);
  const { data, bits, palette } = decodePngMap(bytes, 'palette.png');
  assert.deepEqual([...data], [1, 2, 0, 2, 2, 1]);
  assert.equal(bits, 4);
  assert.deepEqual(palette?.[1], [200, 0, 0]);
});

test('a PNG label that is cut short or has a flipped bit is refused', () => {
  const bytes = encode({
    width: 32,
    height: 32,
    channels: 1,
    data: Uint8Array.from({ length: 1024 }, (_, i) => (i * i) % 251),
  });
  const damaged = Uint8Array.from(bytes);
  damaged[bytes.length >> 1] ^= 0x10;
  for (const bad of [bytes.subarray(0, bytes.length >> 1), damaged]) {
    assert.throws(() => decodePngMap(bad, 'label.png'), {
      name: 'NddrError',
      message: /label\.png: the PNG is cut short/,
    });
  }
});
