/** How large images and label maps may be. Their headers are checked before anything is decoded. */
import { open } from 'node:fs/promises';
import { NddrError } from '../errors.js';
import type { Size } from '../tasks/raster.js';

/** The most pixels that an image or map may have. */
export interface Limits {
  readonly megapixels: number;
  /** The setting that raises the limit, for messages; absent where there is none. */
  readonly setting?: string;
}

/**
 * The limit in megapixels where a description sets none. Photographs of phones have 12 to 50; ten images of 100 take 3
 * GB of memory.
 */
export const MAX_MEGAPIXELS = 100;

/** The limits of a data set. @param setting where they are set, for messages */
export const limitsOf = (megapixels: number = MAX_MEGAPIXELS, setting = '"maxMegapixels" in dataset.json'): Limits => ({
  megapixels,
  setting,
});

/** The most bytes that a file may have for each pixel allowed: two numbers of 64 bits. */
const BYTES_PER_PIXEL = 16;

/** @throws NddrError when there are more pixels than allowed */
export function expectPixels(path: string, { width, height }: Size, limits: Limits): void {
  if (width * height <= limits.megapixels * 1e6) return;
  throw new NddrError(
    `${path}: is ${width}x${height}, ${short((width * height) / 1e6)} megapixels, above the limit of ${inWords(limits)}`,
  );
}

/** @throws NddrError when a file has more bytes than the largest image within the limits could take */
export function expectBytes(path: string, bytes: number, limits: Limits): void {
  const most = limits.megapixels * 1e6 * BYTES_PER_PIXEL;
  if (bytes <= most) return;
  throw new NddrError(
    `${path}: is a file of ${short(bytes / 1e6)} MB, above the ${short(most / 1e6)} MB that the largest image allowed ` +
      `could take; the limit of megapixels is ${inWords(limits)}`,
  );
}

const inWords = ({ megapixels, setting }: Limits): string =>
  setting === undefined ? `${megapixels}; reduce it` : `${megapixels} (${setting}); reduce it, or raise the limit`;

const short = (value: number): string => String(value < 10 ? Number(value.toPrecision(2)) : Math.round(value));

/**
 * Reads the size in the header of a label map (PNG or `.npy`).
 * @returns undefined where there is no such header or no file: the error about that is left to the reader of the file
 * @throws NddrError when the map is larger than the limits
 */
export async function expectMapWithin(path: string, limits: Limits): Promise<Size | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return undefined;
  try {
    expectBytes(path, (await file.stat()).size, limits);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    const size = sizeIn(buffer.subarray(0, bytesRead));
    if (size) expectPixels(path, size, limits);
    return size;
  } catch (error) {
    if (error instanceof NddrError) throw error;
    return undefined; // a folder, which opens and cannot be read
  } finally {
    await file.close();
  }
}

/** The size in the header of a label map that was read; see `expectMapWithin`. @throws NddrError likewise */
export function expectMapBytesWithin(bytes: Uint8Array, name: string, limits: Limits): Size | undefined {
  expectBytes(name, bytes.length, limits);
  const size = sizeIn(Buffer.from(bytes.subarray(0, HEADER_BYTES)));
  if (size) expectPixels(name, size, limits);
  return size;
}

const HEADER_BYTES = 512;

/** The size in a header of a PNG or `.npy` file; undefined for other files. */
function sizeIn(header: Buffer): Size | undefined {
  const start = header.toString('latin1', 0, 16);
  if (start.startsWith('\x89PNG\r\n\x1a\n') && header.length >= 24)
    return { width: header.readUInt32BE(16), height: header.readUInt32BE(20) };
  if (!start.startsWith('\x93NUMPY')) return undefined;
  const shape = /'shape': \(([\d, ]*)\)/.exec(header.toString('latin1'))?.[1];
  const extents = (shape ?? '').split(',').flatMap((text) => (text.trim() === '' ? [] : [Number(text)]));
  // The shape is (height, width), (height, width, channels) or (channels, height, width).
  const [height, width] = extents.length === 3 && extents[0] <= 4 ? extents.slice(1) : extents;
  return height === undefined || width === undefined ? undefined : { width, height };
}
