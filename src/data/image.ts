import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { NddrError } from '../errors.js';
import { readWhole } from '../files.js';
import type { Image } from '../tasks/raster.js';
import { expectBytes, expectPixels, type Limits, MAX_MEGAPIXELS } from './limits.js';
import { decodePng, type PngMap } from './png.js';

// Samples are decoded side by side; threads within one image would only take cores from the training step.
sharp.concurrency(1);
// No image is asked for twice; what the loader decodes it keeps itself.
sharp.cache(false);

/** Where nothing is said of limits. */
const UNTOLD: Limits = { megapixels: MAX_MEGAPIXELS };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0];

/** Endings of image files that are read, in small letters; files have them in any case. */
const READ = ['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'tif', 'tiff', 'gif', 'avif'];
const HEIC = ['heic', 'heif', 'hif'];
/** Images all the same, for which there is no decoder here. */
const NOT_READ = [
  ...HEIC,
  ...['bmp', 'jxl', 'jp2', 'dng', 'cr2', 'cr3', 'nef', 'arw', 'orf', 'rw2', 'raf', 'raw', 'psd'],
];

const extensionOf = (path: string): string => extname(path).slice(1).toLowerCase();

/** Whether a file is named as an image that can be read. */
export const isImageFile = (path: string): boolean => READ.includes(extensionOf(path));

/** Whether a file is named as an image for which there is no decoder here. */
export const isForeignImage = (path: string): boolean => NOT_READ.includes(extensionOf(path));

/** What the header of an image file says. */
export interface ImageInfo {
  /** Of the pixels as they are stored. */
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

/** The same, with what the header says. @throws NddrError as `readImage` */
export async function readPhoto(path: string, limits: Limits = UNTOLD): Promise<Photo> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) expectBytes(path, found.size, limits);
  const bytes = await readWhole(path);
  const info = await infoOf(bytes, path);
  return { image: await decode(bytes, path, info, limits), info };
}

/** Reads no more than the header of an image file. @throws NddrError when there is none that can be read */
export async function readImageInfo(path: string): Promise<ImageInfo> {
  const found = await stat(path).catch(() => undefined);
  // The decoder would only say that there is no file, or that a folder is none.
  return infoOf(found?.isFile() ? path : await readWhole(path), path);
}

async function infoOf(source: Uint8Array | string, name: string): Promise<ImageInfo> {
  try {
    const { width, height, orientation = 1, pages = 1 } = await sharp(source, { limitInputPixels: false }).metadata();
    return { width, height, orientation, pages };
  } catch (error) {
    throw await unreadable(source, name, messageOf(error));
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
    throw await unreadable(bytes, name, messageOf(error));
  }
}

/** What is wrong with a file that the decoder refuses. */
async function unreadable(source: Uint8Array | string, name: string, reason: string): Promise<NddrError> {
  const bytes = typeof source === 'string' ? await readWhole(source) : source;
  if (bytes.length === 0) return new NddrError(`${name}: the file is empty; copy or export it again, or take it out`);
  // Files of the HEIF family begin with a box of the type "ftyp" and their brand.
  const brand = Buffer.from(bytes.subarray(4, 12)).toString('latin1');
  if (/^ftyp(hei|hev|mif|msf)/.test(brand) || HEIC.includes(extensionOf(name))) {
    return new NddrError(
      `${name}: HEIC photos cannot be read here. Convert it to JPEG first: "sips -s format jpeg" on macOS, ` +
        '"heif-convert" or ImageMagick\'s "magick" elsewhere; phones send JPEG when they are set to "most compatible".',
    );
  }
  return new NddrError(
    reason.includes('unsupported image format')
      ? `${name}: is not an image that can be read (${reason}); expected JPEG, PNG, WebP, TIFF, GIF or AVIF`
      : `${name}: the image is cut short or damaged (${reason}); copy or export the file again, or take it out`,
  );
}

/**
 * Reads a PNG exactly as stored, for label maps: no colour conversion, no palette look-up, all 16 bits.
 * @throws NddrError naming the file when it is missing, no PNG, cut short or damaged
 */
export async function readPngMap(path: string): Promise<PngMap> {
  return decodePngMap(await readWhole(path), path);
}

/** Decodes the bytes of a PNG; see `readPngMap`. `name` stands for the file in errors. */
export function decodePngMap(bytes: Uint8Array, name: string): PngMap {
  if (bytes[0] !== 0x89 || bytes[1] !== 0x50 || bytes[2] !== 0x4e || bytes[3] !== 0x47) {
    throw new NddrError(`${name}: is not a PNG; label maps are read from PNG files, which keep every value exactly`);
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
