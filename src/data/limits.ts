/** How large images and maps may be: asked of their headers, before anything is decoded. */
import { open } from 'node:fs/promises';
import { NddrError } from '../errors.js';
import type { Size } from '../tasks/raster.js';

/** What an image or map may have at most. */
export interface Limits {
  readonly megapixels: number;
  /** The setting to raise, for messages; none where left out. */
  readonly setting?: string;
}

/** Millions of pixels unless a description says otherwise; phones take 12 to 50, and ten of 100 fill 3 GB. */
export const MAX_MEGAPIXELS = 100;

/** The limits of a data set, and where they are set. */
export const limitsOf = (megapixels: number = MAX_MEGAPIXELS, setting = '"maxMegapixels" in dataset.json'): Limits => ({
  megapixels,
  setting,
});

/** Bytes of a file for each pixel that is allowed: two numbers of 64 bits, with room for what goes with them. */
const BYTES_PER_PIXEL = 16;

/** @throws NddrError when there are more pixels than allowed */
export function expectPixels(path: string, { width, height }: Size, limits: Limits): void {
  if (width * height <= limits.megapixels * 1e6) return;
  throw new NddrError(
    `${path}: is ${width}x${height}, ${short((width * height) / 1e6)} megapixels, above the limit of ${inWords(limits)}`,
  );
}

/** @throws NddrError when a file is larger than any image within the limits */
export function expectBytes(path: string, bytes: number, limits: Limits): void {
  const most = limits.megapixels * 1e6 * BYTES_PER_PIXEL;
  if (bytes <= most) return;
  throw new NddrError(
    `${path}: is a file of ${short(bytes / 1e6)} MB, above ${short(most / 1e6)} MB, which is room for the limit of ` +
      `megapixels, ${inWords(limits)}`,
  );
}

const inWords = ({ megapixels, setting }: Limits): string =>
  setting === undefined ? `${megapixels}; reduce it` : `${megapixels} (${setting}); reduce it, or raise the limit`;

const short = (value: number): string => String(value < 10 ? Number(value.toPrecision(2)) : Math.round(value));

/**
 * Asks the header of a label map (PNG or `.npy`) for its size.
 * @returns undefined where the header is none of these, which whoever reads the file will say
 * @throws NddrError when it is larger than the limits; a file that cannot be opened is left to its reader
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
    return undefined; // a folder of this name
  } finally {
    await file.close();
  }
}

const HEADER_BYTES = 512;

function sizeIn(header: Buffer): Size | undefined {
  const start = header.toString('latin1', 0, 16);
  if (start.startsWith('\x89PNG\r\n\x1a\n') && header.length >= 24)
    return { width: header.readUInt32BE(16), height: header.readUInt32BE(20) };
  if (!start.startsWith('\x93NUMPY')) return undefined;
  const shape = /'shape': \(([\d, ]*)\)/.exec(header.toString('latin1'))?.[1];
  const extents = (shape ?? '').split(',').flatMap((text) => (text.trim() === '' ? [] : [Number(text)]));
  // (height, width), with a channel axis at either end or none.
  const [height, width] = extents.length === 3 && extents[0] <= 4 ? extents.slice(1) : extents;
  return height === undefined || width === undefined ? undefined : { width, height };
}
