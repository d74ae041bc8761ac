import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { Random } from '../random.js';
import { crc32 as crcOf } from './crc.test.fixture.js';
import { decodePng } from './decode-png.js';

const word = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const chunk = (type: string, data: readonly number[]) => {
  const body = [...Buffer.from(type), ...data];
  return [...word(data.length), ...body, ...word(crcOf(body))];
};

/** What each filter of PNG predicts from the bytes to the left, above and above left. */
const predictions: readonly ((a: number, b: number, c: number) => number)[] = [
  () => 0,
  (a) => a,
  (_, b) => b,
  (a, b) => Math.floor((a + b) / 2),
  (a, b, c) => [a, b, c].reduce((best, x) => (Math.abs(a + b - c - x) < Math.abs(a + b - c - best) ? x : best)),
];

/** A PNG of these bytes, row y written with the filter `filters[y mod 5]`, its pixels in pieces of 10 bytes. */
function filtered(
  width: number,
  height: number,
  bits: number,
  colourType: number,
  rows: number[][],
  filters: number[],
) {
  const back = Math.max(1, rows[0].length / width);
  const at = (y: number, x: number) => (y < 0 || x < 0 ? 0 : rows[y][x]);
  const bytes = rows.flatMap((row, y) => {
    const filter = filters[y % filters.length];
    const rest = row.map((v, x) => v - predictions[filter](at(y, x - back), at(y - 1, x), at(y - 1, x - back)));
    return [filter, ...rest.map((v) => v & 255)];
  });
  const pixels = [...deflateSync(Buffer.from(bytes))];
  const pieces = Array.from({ length: Math.ceil(pixels.length / 10) }, (_, i) => pixels.slice(10 * i, 10 * i + 10));
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk('IHDR', [...word(width), ...word(height), bits, colourType, 0, 0, 0]),
    ...chunk('tEXt', [...Buffer.from('Comment\0passed over')]),
    ...pieces.flatMap((piece) => chunk('IDAT', piece)),
    ...chunk('IEND', []),
  ]);
}

const channelsOf = { 0: 1, 2: 3, 4: 2, 6: 4 } as const;
const random = new Random(8);
const bytesOf = (length: number) => Array.from({ length }, () => random.integer(256));

for (const bits of [8, 16]) {
  for (const colourType of [0, 2, 4, 6] as const) {
    test(`every filter is undone, ${channelsOf[colourType]} channels of ${bits} bits`, () => {
      const [width, height, channels] = [5, 11, channelsOf[colourType]];
      const rows = Array.from({ length: height }, () => bytesOf((width * channels * bits) / 8));
      // Turned, so that each filter also comes first, with nothing above it.
      for (let turn = 0; turn < 5; turn++) {
        const filters = [0, 1, 2, 3, 4].map((filter) => (filter + turn) % 5);
        const map = decodePng(filtered(width, height, bits, colourType, rows, filters));
        assert.deepEqual([map.width, map.height, map.channels, map.bits], [width, height, channels, bits]);
        const flat = rows.flat();
        const expected = bits === 8 ? flat : flat.flatMap((v, i) => (i % 2 === 0 ? [256 * v + flat[i + 1]] : []));
        assert.deepEqual([...map.data], expected);
      }
    });
  }
}

test('an interlaced PNG is read like any other', async () => {
  const pixels = Uint8Array.from(bytesOf(9 * 7));
  const raw = sharp(pixels, { raw: { width: 9, height: 7, channels: 1 } }).toColourspace('b-w');
  const { data, channels, bits } = decodePng(await raw.png({ progressive: true }).toBuffer());
  assert.deepEqual([channels, bits, [...data]], [1, 8, [...pixels]]);
});

test('a PNG with a damaged header, damaged pixels, missing rows or no end is refused', () => {
  const rows = Array.from({ length: 3 }, () => bytesOf(4));
  const sound = filtered(4, 3, 8, 0, rows, [1]);
  assert.deepEqual([...decodePng(sound).data], rows.flat());
  const header = Uint8Array.from(sound);
  header[19] ^= 1;
  assert.throws(() => decodePng(header), /checksum of IHDR/);
  assert.throws(() => decodePng(filtered(4, 4, 8, 0, rows, [1])), /rows are missing/);
  assert.throws(() => decodePng(sound.subarray(0, sound.length - 12)), /ends too early/);
  const pixels = sound.findIndex((_, i) => String.fromCharCode(...sound.subarray(i, i + 4)) === 'IDAT') + 12;
  const damaged = Uint8Array.from(sound);
  damaged[pixels] ^= 0x10;
  assert.throws(() => decodePng(damaged));
});
