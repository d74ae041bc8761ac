/** Labels packed as compactly as in their files, as the cache holds them. */
import type { Raster } from '../tasks/raster.js';

/**
 * How the numbers of a packed label are decoded; plain data, so that threads can share it.
 * `metres`: one number a pixel, times `metresPerValue`. `directions`: three numbers a pixel, interleaved, the unit
 * vector n as (n + 1) / 2 of `range`; its y times `ySign`; zero where the numbers are `unlabelled`.
 */
export type Encoding =
  | { readonly kind: 'metres'; readonly metresPerValue: number }
  | {
      readonly kind: 'directions';
      readonly range: number;
      readonly ySign: 1 | -1;
      readonly unlabelled?: readonly [number, number, number];
    };

/** A label as compact as in its file: normals of 8 bits take 3 bytes a pixel instead of 12. */
export interface PackedLabel {
  /** Channels once decoded. */
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array | Uint8Array | Uint16Array;
  /** Absent where `data` is decoded already, [C, H, W]. */
  readonly encoding?: Encoding;
}

/**
 * Decodes the pixels in which the given rows and columns of a label cross.
 * @param out float32 [channels, plane / pitch, pitch]; the pixels are written from its top left on
 * @param pitch numbers from one row of `out` to the next
 * @param plane numbers from one channel of `out` to the next
 */
export function decodePixels(
  label: PackedLabel,
  rows: Int32Array,
  columns: Int32Array,
  out: Float32Array,
  pitch: number,
  plane: number,
): void {
  const { channels, height, width, encoding } = label;
  if (encoding?.kind === 'directions') {
    for (let i = 0; i < rows.length; i++) {
      decodeDirections(label.data, encoding, rows[i] * width, columns, out, i * pitch, plane);
    }
    return;
  }
  const factor = encoding?.metresPerValue ?? 1;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < rows.length; i++) {
      decodeValues(label.data, factor, (c * height + rows[i]) * width, columns, out, c * plane + i * pitch);
    }
  }
}

function decodeValues(
  data: PackedLabel['data'],
  factor: number,
  from: number,
  columns: Int32Array,
  out: Float32Array,
  to: number,
): void {
  for (let j = 0; j < columns.length; j++) out[to + j] = data[from + columns[j]] * factor;
}

function decodeDirections(
  data: PackedLabel['data'],
  { range, ySign, unlabelled }: Extract<Encoding, { kind: 'directions' }>,
  from: number,
  columns: Int32Array,
  out: Float32Array,
  to: number,
  plane: number,
): void {
  const scale = 2 / range;
  // Stored numbers are never negative, so -1 matches none.
  const [noRed, noGreen, noBlue] = unlabelled ?? [-1, -1, -1];
  for (let j = 0; j < columns.length; j++) {
    const at = 3 * (from + columns[j]);
    const red = data[at];
    const green = data[at + 1];
    const blue = data[at + 2];
    if (red === noRed && green === noGreen && blue === noBlue) {
      out[to + j] = out[to + plane + j] = out[to + 2 * plane + j] = 0;
      continue;
    }
    const x = red * scale - 1;
    const y = green * scale - 1;
    const z = blue * scale - 1;
    const length = Math.sqrt(x * x + y * y + z * z);
    out[to + j] = x / length;
    out[to + plane + j] = (ySign * y) / length;
    out[to + 2 * plane + j] = z / length;
  }
}

/** Decodes a whole label. Values that need no decoding are not copied. */
export function unpack(label: PackedLabel): Raster {
  const { channels, height, width, data, encoding } = label;
  if (!encoding) return { channels, height, width, data: data as Raster['data'] };
  const out = new Float32Array(channels * height * width);
  const count = (length: number) => Int32Array.from({ length }, (_, i) => i);
  decodePixels(label, count(height), count(width), out, width, height * width);
  return { channels, height, width, data: out };
}
