/** How large images and label maps may be. Their headers are checked before anything is decoded. */
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
 * The size in the header of a label map (PNG or `.npy`) of so many bytes.
 * @param bytes the map, or its first `HEADER_BYTES`
 * @returns undefined where there is no such header: the error about that is left to the reader of the map
 * @throws NddrError when the map is larger than the limits
 */
export function expectMapBytesWithin(
  bytes: Uint8Array,
  name: string,
  limits: Limits,
  length = bytes.length,
): Size | undefined {
  expectBytes(name, length, limits);
  const size = sizeIn(bytes.subarray(0, HEADER_BYTES));
  if (size) expectPixels(name, size, limits);
  return size;
}

export const HEADER_BYTES = 512;

/** The size in a header of a PNG or `.npy` file; undefined for other files. */
function sizeIn(header: Uint8Array): Size | undefined {
  const text = String.fromCharCode(...header);
  if (text.startsWith('\x89PNG\r\n\x1a\n') && header.length >= 24) {
    const view = new DataView(header.buffer, header.byteOffset);
    return { width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (!text.startsWith('\x93NUMPY')) return undefined;
  const shape = /'shape': \(([\d, ]*)\)/.exec(text)?.[1];
  const extents = (shape ?? '').split(',').flatMap((one) => (one.trim() === '' ? [] : [Number(one)]));
  // The shape is (height, width), (height, width, channels) or (channels, height, width).
  const [height, width] = extents.length === 3 && extents[0] <= 4 ? extents.slice(1) : extents;
  return height === undefined || width === undefined ? undefined : { width, height };
}
