/** Images of a page, which the browser decodes. */
import type { Upright } from '../data/fit.js';
import { expectBytes, expectPixels, type Limits } from '../data/limits.js';
import { NddrError } from '../errors.js';
import { exifOrientation } from './orientation.js';

/**
 * Reads an image of any format that the browser knows as 8-bit RGB: turned as its EXIF tag says, transparent pixels laid
 * on white. PNGs are as in Node; of JPEGs and the like, decoders differ by a few levels.
 * @throws NddrError naming the file when it is no image, too large or damaged
 */
export async function readPhoto(file: Blob, path: string, limits: Limits): Promise<Upright> {
  expectBytes(path, file.size, limits);
  const orientation = exifOrientation(new Uint8Array(await file.slice(0, 2 ** 16 * 2).arrayBuffer()));
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image', premultiplyAlpha: 'none' });
  } catch {
    throw new NddrError(
      `${path}: the browser cannot decode this image; it is damaged, or of a format that it does not know. Take JPEG, PNG or WebP.`,
    );
  }
  try {
    const { width, height } = bitmap;
    expectPixels(path, bitmap, limits);
    const context = new OffscreenCanvas(width, height).getContext('2d', { alpha: false, willReadFrequently: true });
    if (!context) throw new NddrError(`${path}: the browser has no memory for an image of ${width}x${height} pixels.`);
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0);
    return {
      image: { width, height, data: rgbOf(context.getImageData(0, 0, width, height).data) },
      info: { orientation },
    };
  } finally {
    bitmap.close();
  }
}

function rgbOf(rgba: Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from];
    rgb[to + 1] = rgba[from + 1];
    rgb[to + 2] = rgba[from + 2];
  }
  return rgb;
}
