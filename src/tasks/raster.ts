/** Pixels on the host. Planes lie one after another (`[C, H, W]`), rows from top to bottom. */

/** An 8-bit RGB image, pixels interleaved: `data.length = 3 * width * height`. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A map of labels or answers, planar: `data.length = channels * height * width`. */
export interface Raster {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array | Uint8Array;
}

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** The pixels of an image plane by plane, as networks take them: float32 [3, height, width], RGB, 0..255. */
export function planesOf({ data, width, height }: Image): Float32Array {
  const plane = width * height;
  const planes = new Float32Array(3 * plane);
  for (let at = 0, from = 0; at < plane; at++, from += 3) {
    planes[at] = data[from];
    planes[plane + at] = data[from + 1];
    planes[2 * plane + at] = data[from + 2];
  }
  return planes;
}
