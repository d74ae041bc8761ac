/** Reads the sizes of label maps on the disk. */
import { open } from 'node:fs/promises';
import { NddrError } from '../errors.js';
import type { Size } from '../tasks/raster.js';
import { expectMapBytesWithin, HEADER_BYTES, type Limits } from './limits.js';

/**
 * Reads the size in the header of a label map (PNG or `.npy`).
 * @returns undefined where there is no such header or no file: the error about that is left to the reader of the file
 * @throws NddrError when the map is larger than the limits
 */
export async function expectMapWithin(path: string, limits: Limits): Promise<Size | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return expectMapBytesWithin(buffer.subarray(0, bytesRead), path, limits, size);
  } catch (error) {
    if (error instanceof NddrError) throw error;
    return undefined; // a folder, which opens and cannot be read
  } finally {
    await file.close();
  }
}
