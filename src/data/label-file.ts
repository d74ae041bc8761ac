/** What PNG and `.npy` files of labels hold, whatever their numbers mean. */
import { NddrError } from '../errors.js';
import { decodeNpy, type NpyArray, type NpyData } from '../npy.js';
import type { PngMap } from './png.js';

/** The content of a label file of any format: channels interleaved, the numbers as they are stored. */
export interface LabelFile {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Exclude<NpyData, BigInt64Array | BigUint64Array>;
  /** The largest number that a pixel can hold: 255, 65535, or less for a PNG of few bits; absent for other types. */
  readonly range?: number;
  /** Colours of the indices of a PNG, when it is an indexed one. */
  readonly palette?: readonly (readonly number[])[];
}

/** The place of a pixel for messages: `x 3, y 7`. @param at its number, row by row */
export const showPixel = (at: number, width: number): string => `x ${at % width}, y ${Math.floor(at / width)}`;

export const isNpy = (path: string): boolean => path.toLowerCase().endsWith('.npy');

/** The map in the bytes of an `.npy` file. @throws NddrError naming the file when it is damaged, or no map of pixels */
export const decodeNpyMap = (bytes: Uint8Array, path: string): LabelFile => mapOf(decodeNpy(bytes, path), path);

/** The map of a PNG. */
export const mapOfPng = ({ width, height, channels, bits, data, palette }: PngMap): LabelFile => ({
  ...{ width, height, channels, data, palette },
  range: 2 ** bits - 1,
});

/** Reads the shapes (H, W), (H, W, 3) and (3, H, W); further dimensions of size 1 are removed. */
function mapOf({ shape, data }: NpyArray, path: string): LabelFile {
  const threefold = shape.length > 2 && (shape.at(-1) === 3 || shape.at(-3) === 3);
  const kept = threefold ? 3 : 2;
  const numbers = withoutBigInts(data, path);
  const range = numbers instanceof Uint8Array ? 255 : numbers instanceof Uint16Array ? 65535 : undefined;
  const spare = shape.length - kept;
  let extents = [...shape];
  for (let dropped = 0; dropped < spare && extents.includes(1); dropped++)
    extents = without(extents, extents.indexOf(1));
  if (extents.length !== kept) {
    const expected = 'expected (height, width), or (height, width, 3) for normals and colours';
    throw new NddrError(`${path}: has the shape (${shape.join(', ')}), ${expected}`);
  }
  if (kept === 2) return { height: extents[0], width: extents[1], channels: 1, data: numbers, range };
  if (extents[2] === 3) return { height: extents[0], width: extents[1], channels: 3, data: numbers, range };
  const plane = extents[1] * extents[2];
  const interleaved = numbers.slice();
  for (let at = 0; at < interleaved.length; at++) interleaved[at] = numbers[(at % 3) * plane + Math.floor(at / 3)];
  return { height: extents[1], width: extents[2], channels: 3, data: interleaved, range };
}

const without = (list: readonly number[], at: number): number[] => list.filter((_, i) => i !== at);

/** Converts integers of 64 bits to doubles. @throws NddrError where one is too large for that */
function withoutBigInts(data: NpyData, path: string): LabelFile['data'] {
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return data;
  const numbers = new Float64Array(data.length);
  for (let at = 0; at < data.length; at++) {
    numbers[at] = Number(data[at]);
    if (Number.isSafeInteger(numbers[at])) continue;
    throw new NddrError(
      `${path}: holds ${data[at]}, which is too large for a label; expected whole numbers below 2^53`,
    );
  }
  return numbers;
}

/**
 * The file with one channel: of a grey file that is stored as RGB, or with an opaque alpha channel, the grey values.
 * @throws NddrError where it holds colours or transparent pixels
 */
export function oneChannel(file: LabelFile, path: string): LabelFile {
  if (file.channels === 1) return file;
  const opaque = withoutAlpha(file, path);
  const grey = opaque.channels === 1 ? opaque : greyOf(opaque);
  if (grey) return grey;
  throw new NddrError(
    `${path}: has ${file.channels} channels a pixel and holds colours, expected one channel, or the same value in ` +
      'red, green and blue: the values are the labels',
  );
}

/** The first of three channels that are equal everywhere; undefined where they differ. */
export function greyOf({ data, channels, ...file }: LabelFile): LabelFile | undefined {
  for (let at = 0; at < data.length; at += 3) {
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return undefined;
  }
  return { ...file, channels: 1, data: data.filter((_, at) => at % channels === 0) };
}

/** The file without its alpha channel. @throws NddrError where a pixel is transparent */
export function withoutAlpha(file: LabelFile, path: string): LabelFile {
  const { data, channels, range } = file;
  if (channels !== 2 && channels !== 4) return file;
  let transparent = 0;
  for (let at = channels - 1; at < data.length; at += channels) transparent += Number(data[at] !== range);
  if (transparent > 0) {
    throw new NddrError(
      `${path}: ${transparent} pixels are transparent, which has no meaning in a label; save it without alpha`,
    );
  }
  return { ...file, channels: channels - 1, data: data.filter((_, at) => at % channels !== channels - 1) };
}
