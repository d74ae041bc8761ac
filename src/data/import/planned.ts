/** Files that imports write: copies, and maps as PNG. */
import { extname } from 'node:path';
import { encodeGreyPng } from '../image.js';
import type { LabelFile } from '../label-file.js';
import { expectMapBytesWithin, type Limits, MAX_MEGAPIXELS } from '../limits.js';
import { decodeLabelFile } from '../read-label.js';
import type { PlannedFile } from './kind.js';
import { readFile, type SourceFile, shownPath } from './source.js';

/** A copy of a file, byte for byte. */
export const copied = (file: SourceFile): PlannedFile => ({
  from: shownPath(file),
  extension: extname(file.name).toLowerCase(),
  bytes: () => readFile(file),
  size: () => file.source.sizeOf(file.name),
});

/** Reads a PNG or `.npy` file. @throws NddrError where it is no map, or too large */
export async function readMap(file: SourceFile): Promise<LabelFile> {
  const bytes = await readFile(file);
  expectMapBytesWithin(bytes, shownPath(file), LIMITS);
  return decodeLabelFile(bytes, shownPath(file));
}

/** Of images and maps that are imported. */
export const LIMITS: Limits = { megapixels: MAX_MEGAPIXELS };

/** Depth in metres, 0 or NaN where unknown, as a PNG of 16 bits in millimetres; what is beyond 65.535 m is unknown. */
export function millimetrePng(width: number, height: number, metres: ArrayLike<number>): Uint8Array {
  const data = new Uint16Array(width * height);
  for (let at = 0; at < data.length; at++) {
    const millimetres = Math.round(metres[at] * 1000);
    data[at] = millimetres > 0 && millimetres <= MOST_MILLIMETRES ? millimetres : 0;
  }
  return encodeGreyPng({ width, height, data });
}

/** The largest depth in millimetres that 16 bits hold. */
export const MOST_MILLIMETRES = 65535;
