/** An 8-bit RGB image, pixels interleaved row by row: `data.length = 3 * width * height`. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Height and width in pixels. */
export interface Size {
  readonly height: number;
  readonly width: number;
}
