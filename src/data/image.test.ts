import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { crc32 as crcOf } from './crc.test.fixture.js';
import { jpeg, png, put, rgb, temporaryFolder } from './folder.test.fixture.js';
import { decodeImage, decodePngMap, encodeGreyPng, encodePng, readImage, readPngMap } from './image.js';

test('an RGB PNG comes back pixel by pixel', async () => {
  const image = rgb(3, 2, (x, y) => [10 * x, 100 * y, 7]);
  const read = await decodeImage(await encodePng(image), 'a.png');
  assert.deepEqual([read.width, read.height, [...read.data]], [3, 2, [...image.data]]);
});

test('grey becomes RGB, 16 bits become 8, transparent pixels become white', async () => {
  const grey = await decodeImage(png(2, 1, 1, [0, 200]), 'grey.png');
  assert.deepEqual([...grey.data], [0, 0, 0, 200, 200, 200]);
  const deep = await decodeImage(png(1, 1, 3, [65535, 0, 32896], 16), 'deep.png');
  assert.deepEqual([...deep.data], [255, 0, 128]);
  const clear = await decodeImage(png(2, 1, 4, [9, 8, 7, 255, 9, 8, 7, 0]), 'clear.png');
  assert.deepEqual([...clear.data], [9, 8, 7, 255, 255, 255]);
});

test('an image is turned as its EXIF orientation says', async () => {
  const { data } = rgb(2, 1, (x) => (x === 0 ? [255, 0, 0] : [0, 0, 255]));
  const raw = { width: 2, height: 1, channels: 3 } as const;
  // 6: the camera was held so that the picture must be turned clockwise; what was left is then above.
  const bytes = await sharp(data, { raw }).withMetadata({ orientation: 6 }).png().toBuffer();
  const read = await decodeImage(bytes, 'turned.png');
  assert.deepEqual([read.width, read.height, [...read.data]], [1, 2, [255, 0, 0, 0, 0, 255]]);
});

test('a truncated JPEG is refused wherever it was cut', async (t) => {
  const root = await temporaryFolder(t);
  const bytes = await jpeg(rgb(64, 48, (x, y) => [(x * 37) % 256, (y * 91) % 256, (x * y) % 256]));
  for (const share of [0.3, 0.6, 0.98]) {
    const path = await put(join(root, 'cut.jpg'), bytes.subarray(0, Math.floor(bytes.length * share)));
    await assert.rejects(readImage(path), { name: 'NddrError', message: /cut\.jpg: .*(cut short|not an image)/ });
  }
});

test('what is no image, and what is not there, is refused by name', async (t) => {
  const root = await temporaryFolder(t);
  const path = await put(join(root, 'notes.jpg'), 'not a picture');
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
