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
