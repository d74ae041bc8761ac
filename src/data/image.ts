import { encode } from 'fast-png';
import sharp from 'sharp';
import { NddrError } from '../errors.js';
import { readWhole } from '../files.js';
import type { Image } from '../tasks/raster.js';
import { decodePng, type PngMap } from './png.js';

// Samples are decoded side by side; threads within one image would only take cores from the training step.
sharp.concurrency(1);
// No image is asked for twice; what the loader decodes it keeps itself.
sharp.cache(false);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0];

/**
 * Reads any image file (JPEG, PNG, WebP, TIFF, GIF, AVIF) as 8-bit RGB. It is turned as its EXIF tag says; grey becomes
 * RGB, 16 bits become 8, transparent pixels are laid on white.
 * @throws NddrError naming the file when it is missing, no image, cut short or damaged
 */
export async function readImage(path: string): Promise<Image> {
  return decodeImage(await readWhole(path), path);
}

/** Decodes the bytes of an image file; see `readImage`. `name` stands for the file in errors. */
export async function decodeImage(bytes: Uint8Array, name: string): Promise<Image> {
  try {
    // libvips would fill the missing rows of a truncated file with grey and go on.
    const { data, info } = await sharp(bytes, { failOn: 'error' })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data };
  } catch (error) {
    const reason = messageOf(error);
    throw new NddrError(
      reason.includes('unsupported image format')
        ? `${name}: is not an image that can be read (${reason}); expected JPEG, PNG, WebP, TIFF, GIF or AVIF`
        : `${name}: the image is cut short or damaged (${reason}); copy or export the file again, or take it out`,
    );
  }
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
