/** Label maps of a page: every value as it is stored, as in Node. */
import type { MapLabel } from '../data/description.js';
import { decodeNpyMap, isNpy, mapOfPng } from '../data/label-file.js';
import { packLabel } from '../data/labels.js';
import { expectBytes, expectMapBytesWithin, type Limits } from '../data/limits.js';
import type { PackedLabel } from '../data/packed.js';
import { type PngMap, pixelsOf, tooMuchData } from '../data/png.js';
import { NddrError } from '../errors.js';

/** Reads a PNG or `.npy` file of labels. @throws NddrError naming the file where it does not fit */
export async function readLabel(file: Blob, path: string, what: MapLabel, limits: Limits): Promise<PackedLabel> {
  expectBytes(path, file.size, limits);
  const bytes = new Uint8Array(await file.arrayBuffer());
  expectMapBytesWithin(bytes, path, limits);
  return packLabel(isNpy(path) ? decodeNpyMap(bytes, path) : mapOfPng(await decodePngMap(bytes, path)), what, path);
}

async function decodePngMap(bytes: Uint8Array, path: string): Promise<PngMap> {
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== '\x89PNG')
    throw new NddrError(`${path}: is not a PNG; expected a PNG, which stores every value of a label map exactly`);
  try {
    const { pixels, most, map } = pixelsOf(bytes, () => {
      throw new NddrError(`${path}: the PNG is interlaced, which is not read in a page; save it without interlacing`);
    });
    return map(await inflate(pixels, most));
  } catch (error) {
    if (error instanceof NddrError) throw error;
    throw new NddrError(`${path}: the PNG is cut short or damaged (${(error as Error).message}); write the file again`);
  }
}

/** Inflates a stream of zlib, whose checksum the browser verifies. @throws Error where it is damaged or holds more than `most` */
async function inflate(pixels: Uint8Array, most: number): Promise<Uint8Array> {
  const inflated = new Blob([pixels as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream('deflate'));
  const bytes = new Uint8Array(most);
  let length = 0;
  for (const reader = inflated.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return bytes.subarray(0, length);
    if (length + value.length > most) {
      await reader.cancel();
      throw tooMuchData();
    }
    bytes.set(value, length);
    length += value.length;
  }
}
