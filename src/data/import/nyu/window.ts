/** The part of a frame that is kept. */
import { NddrError } from '../../../errors.js';
import type { Numbers } from '../../hdf5/file.js';

/** Rows and columns from 0, the last ones exclusive; undefined means all. */
export type Window = Readonly<Record<'top' | 'bottom' | 'left' | 'right', number>> | undefined;

export const WHOLE: Window = undefined;

/**
 * The frame without its white border, in which images that were corrected for the lens have no pixels: rows 45 to 470
 * and columns 41 to 600, counted from 0, as the evaluations of this data set cut it.
 */
export const FRAME_INSIDE: Window = { top: 45, bottom: 471, left: 41, right: 601 };

/** A map with interleaved channels. */
export interface Cropped {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Numbers | Uint8Array;
}

/** The part of a map in a window. @param where the map, for messages @throws NddrError where it is smaller */
export function cropped(map: Cropped, window: Window, where: string): Cropped {
  if (!window) return map;
  const { top, bottom, left, right } = window;
  if (map.width < right || map.height < bottom) {
    throw new NddrError(
      `${where}: is ${map.width}x${map.height}, and the white border is only known of 640x480; leave out --set crop=true`,
    );
  }
  const { channels } = map;
  const [width, height] = [right - left, bottom - top];
  const data = map.data.slice(0, width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * map.width + left) * channels;
    data.set(map.data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, data };
}
