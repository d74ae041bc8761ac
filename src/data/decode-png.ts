import { inflateSync } from 'node:zlib';
import { decode } from 'fast-png';
import { type PngMap, pixelsOf, tooMuchData } from './png.js';

/**
 * Decodes a PNG with the zlib of Node, which is a few times faster than `fast-png` in JavaScript; that library decodes
 * the interlaced ones.
 * @throws Error where the file is cut short or damaged
 */
export function decodePng(bytes: Uint8Array): PngMap {
  const { pixels, most, map } = pixelsOf(bytes, () => decodeInterlaced(bytes));
  // A little more than needed: a full buffer would make zlib ask for another one.
  const room = Math.max(64, most + 64);
  try {
    return map(inflateSync(pixels, { chunkSize: room, maxOutputLength: room }));
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooMuchData() : error;
  }
}

function decodeInterlaced(bytes: Uint8Array): PngMap {
  const { width, height, channels, depth, data, palette } = decode(bytes, { checkCrc: true });
  if (depth < 8) throw new Error('interlaced with fewer than 8 bits');
  if (data.length !== width * height * channels) throw new Error('rows are missing');
  return { width, height, channels, bits: depth, data: data as Uint8Array | Uint16Array, palette };
}
