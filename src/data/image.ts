/** Reads and writes image files. */
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { NddrError } from '../errors.js';
import { readWhole } from '../files.js';
import type { Image } from '../tasks/raster.js';
import { decodePng } from './decode-png.js';
import { expectBytes, expectPixels, type Limits, MAX_MEGAPIXELS } from './limits.js';
import type { PngMap } from './png.js';

// Several samples are decoded at once; threads within one image would only take cores from the training step.
sharp.concurrency(1);
// The loader has a cache of its own, and nothing else reads an image twice.
sharp.cache(false);

/** The limits where a caller gives none. */
const DEFAULT_LIMITS: Limits = { megapixels: MAX_MEGAPIXELS };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0];

/** What the decoder calls the formats that can be read. It knows others too, such as SVG, which is a program. */
const FORMATS = ['jpeg', 'png', 'webp', 'tiff', 'gif', 'heif'];

/** Extensions of the image files that can be read, in small letters; those of files are compared in any case. */
const READABLE = ['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'tif', 'tiff', 'gif', 'avif'];
const HEIC = ['heic', 'heif', 'hif'];
/** Extensions of image files that cannot be read. */
const UNREADABLE = [
  ...HEIC,
  ...['bmp', 'jxl', 'jp2', 'dng', 'cr2', 'cr3', 'nef', 'arw', 'orf', 'rw2', 'raf', 'raw', 'psd'],
];

const extensionOf = (path: string): string => extname(path).slice(1).toLowerCase();

/** Whether the name of a file is that of an image that can be read. */
export const isImageFile = (path: string): boolean => READABLE.includes(extensionOf(path));

/** Whether the name of a file is that of an image whose format cannot be read. */
export const isUnreadableImage = (path: string): boolean => UNREADABLE.includes(extensionOf(path));

/** The header of an image file. */
export interface ImageInfo {
  /** Size of the image as it is stored, before it is turned upright. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation, 1 to 8; 1 where the pixels are stored upright. */
  readonly orientation: number;
  /** Pages of a TIFF, frames of an animation; the first is read. */
  readonly pages: number;
}

export interface Photo {
  readonly image: Image;
  readonly info: ImageInfo;
}

/**
 * Reads any image file (JPEG, PNG, WebP, TIFF, GIF, AVIF) as 8-bit RGB. It is turned as its EXIF tag says; grey becomes
 * RGB, 16 bits become 8, transparent pixels are laid on white; of several pages the first is read.
 * @throws NddrError naming the file when it is missing, no image, too large, cut short or damaged
 */
export async function readImage(path: string, limits?: Limits): Promise<Image> {
  return (await readPhoto(path, limits)).image;
}

/** Reads an image as `readImage` does, together with its header. @throws NddrError as `readImage` */
export async function readPhoto(path: string, limits: Limits = DEFAULT_LIMITS): Promise<Photo> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) expectBytes(path, found.size, limits);
  return decodePhoto(await readWhole(path), path, limits);
}

/**
 * Reads the header of an encoded image, such as the body of a request, and nothing else.
 * @param name what to call it in messages
 * @throws NddrError when it is no image that can be read
 */
export const readInfo = (bytes: Uint8Array, name: string): Promise<ImageInfo> => infoOf(bytes, name);

/** Decodes an image as `readImage` does. @param name what to call it in messages @throws NddrError as `readImage` */
export async function decodePhoto(bytes: Uint8Array, name: string, limits: Limits = DEFAULT_LIMITS): Promise<Photo> {
  const info = await infoOf(bytes, name);
  return { image: await decode(bytes, name, info, limits), info };
}

/** Reads the header of an image file and nothing else. @throws NddrError when there is none that can be read */
export async function readImageInfo(path: string): Promise<ImageInfo> {
  const found = await stat(path).catch(() => undefined);
  // For a path that is no file, the message of `readWhole` says more than that of the decoder.
  return infoOf(found?.isFile() ? path : await readWhole(path), path);
}

/** Reads the header in the bytes of an image file. @throws NddrError as `readImageInfo`, and where it is too large */
export async function imageInfoOf(
  bytes: Uint8Array,
  name: string,
  limits: Limits = DEFAULT_LIMITS,
): Promise<ImageInfo> {
  const info = await infoOf(bytes, name);
  expectPixels(name, info, limits);
  return info;
}

async function infoOf(source: Uint8Array | string, name: string): Promise<ImageInfo> {
  try {
    const found = await sharp(source, { limitInputPixels: false }).metadata();
    if (!FORMATS.includes(found.format)) throw new Error(`unsupported image format ${found.format}`);
    const { width, height, orientation = 1, pages = 1 } = found;
    return { width, height, orientation, pages };
  } catch (error) {
    throw await decodeError(source, name, messageOf(error));
  }
}

async function decode(bytes: Uint8Array, name: string, info: ImageInfo, limits: Limits): Promise<Image> {
  expectPixels(name, info, limits);
  try {
    // libvips would fill the missing rows of a truncated file with grey and go on.
    const { data, info: found } = await sharp(bytes, { failOn: 'error', limitInputPixels: info.width * info.height })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: found.width, height: found.height, data };
  } catch (error) {
    throw await decodeError(bytes, name, messageOf(error));
  }
}

/** The error about a file that the decoder refuses, with what to do. */
async function decodeError(source: Uint8Array | string, name: string, reason: string): Promise<NddrError> {
  const bytes = typeof source === 'string' ? await readWhole(source) : source;
  if (bytes.length === 0) return new NddrError(`${name}: the file is empty; copy or export it again, or remove it`);
  // Files of the HEIF family begin with a box of the type "ftyp" and their brand.
  const brand = Buffer.from(bytes.subarray(4, 12)).toString('latin1');
  if (/^ftyp(hei|hev|mif|msf)/.test(brand) || HEIC.includes(extensionOf(name))) {
    return new NddrError(
      `${name}: HEIC images cannot be read. Convert it to JPEG first: "sips -s format jpeg" on macOS, ` +
        '"heif-convert" or ImageMagick\'s "magick" elsewhere; phones send JPEG when they are set to "most compatible".',
    );
  }
  return new NddrError(
    reason.includes('unsupported image format')
      ? `${name}: is not an image that can be read (${reason}); expected JPEG, PNG, WebP, TIFF, GIF or AVIF`
      : `${name}: the image is cut short or damaged (${reason}); copy or export the file again, or remove it`,
  );
}

/**
 * Reads a PNG exactly as stored, for label maps: no colour conversion, no palette look-up, all 16 bits.
 * @throws NddrError naming the file when it is missing, no PNG, cut short or damaged
 */
export async function readPngMap(path: string): Promise<PngMap> {
  return decodePngMap(await readWhole(path), path);
}

/** Decodes the bytes of a PNG; see `readPngMap`. @param name the file, for messages */
export function decodePngMap(bytes: Uint8Array, name: string): PngMap {
  if (bytes[0] !== 0x89 || bytes[1] !== 0x50 || bytes[2] !== 0x4e || bytes[3] !== 0x47) {
    throw new NddrError(`${name}: is not a PNG; expected a PNG, which stores every value of a label map exactly`);
  }
  try {
    return decodePng(bytes);
  } catch (error) {
    throw new NddrError(`${name}: the PNG is cut short or damaged (${messageOf(error)}); write the file again`);
  }
}

/** Encodes an RGB image as PNG. */
export async function encodePng({ width, height, data }: Image): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** Encodes a map of one channel as a grey PNG of 8 or 16 bits, by the type of `data`: class indices, millimetres. */
export function encodeGreyPng(map: { width: number; height: number; data: Uint8Array | Uint16Array }): Uint8Array {
  return encode({ ...map, channels: 1, depth: map.data instanceof Uint16Array ? 16 : 8 });
}
