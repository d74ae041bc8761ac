/** Reads label files from the disk. */
import { readWhole } from '../files.js';
import type { Raster } from '../tasks/raster.js';
import type { MapLabel } from './description.js';
import { decodePngMap } from './image.js';
import { decodeNpyMap, isNpy, type LabelFile, mapOfPng } from './label-file.js';
import { packLabel } from './labels.js';
import { type PackedLabel, unpack } from './packed.js';

/**
 * Reads a PNG or `.npy` file.
 * @throws NddrError naming the file when it is missing, damaged, or no map of pixels
 */
export async function readLabelFile(path: string): Promise<LabelFile> {
  return decodeLabelFile(await readWhole(path), path);
}

/** Decodes the bytes of a PNG or `.npy` file. @param npy whether it is the latter; its ending tells it where left out */
export const decodeLabelFile = (bytes: Uint8Array, path: string, npy = isNpy(path)): LabelFile =>
  npy ? decodeNpyMap(bytes, path) : mapOfPng(decodePngMap(bytes, path));

/**
 * Reads a label file into the form that tasks read (see `Dataset`).
 * @throws NddrError naming the file, the value and the pixel when a value does not fit the description
 */
export async function readLabel(path: string, what: MapLabel): Promise<Raster> {
  return unpack(await readPacked(path, what));
}

/** Reads a label file, and keeps it as compact as it is stored. @throws NddrError as `readLabel` */
export async function readPacked(path: string, what: MapLabel): Promise<PackedLabel> {
  return packLabel(await readLabelFile(path), what, path);
}
