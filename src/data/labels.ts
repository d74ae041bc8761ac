import { NddrError } from '../errors.js';
import { readWhole } from '../files.js';
import { decodeNpy, type NpyArray } from '../npy.js';
import type { Raster } from '../tasks/raster.js';
import type { LabelOf, MapLabel } from './description.js';
import { readPngMap } from './image.js';
import { type Encoding, type PackedLabel, unpack } from './packed.js';
import type { PngMap } from './png.js';

/**
 * Reads a label file into the form that tasks read (see `Dataset`).
 * @throws NddrError naming the file, the value and the pixel when a value does not fit the description
 */
export async function readLabel(path: string, what: MapLabel): Promise<Raster> {
  return unpack(await readPacked(path, what));
}

/** The same, kept as compact as in the file. @throws NddrError as `readLabel` */
export async function readPacked(path: string, what: MapLabel): Promise<PackedLabel> {
  if (what.kind === 'segmentation' || what.kind === 'parts')
    return classesOf(oneChannel(await readPngMap(path), path), what, path);
  if (what.kind === 'normals') return normalsOf(await readPngMap(path), what, path);
  if (what.kind === 'boundaries') return yesOrNo(oneChannel(await readPngMap(path), path), 1, what.ignore);
  if (what.kind === 'saliency') return yesOrNo(oneChannel(await readPngMap(path), path), what.from, what.ignore);
  if (path.toLowerCase().endsWith('.npy'))
    return depthOf(mapOf(decodeNpy(await readWhole(path), path), path), what, path);
  const { width, height, data } = oneChannel(await readPngMap(path), path);
  return { channels: 1, height, width, data, encoding: { kind: 'metres', metresPerValue: what.metresPerValue } };
}

interface ValueMap {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

const pixel = (at: number, width: number): string => `x ${at % width}, y ${Math.floor(at / width)}`;

function oneChannel(map: PngMap, path: string): PngMap {
  if (map.channels === 1) return map;
  throw new NddrError(
    `${path}: has ${map.channels} channels a pixel, expected one (a grey or palette PNG whose values are the labels)`,
  );
}

function mapOf({ shape, data }: NpyArray, path: string): ValueMap {
  const extents = shape.length > 2 ? shape.filter((n) => n !== 1) : shape;
  if (extents.length !== 2)
    throw new NddrError(`${path}: has the shape (${shape.join(', ')}), expected (height, width)`);
  const values = data instanceof BigInt64Array ? Float64Array.from(data, Number) : data;
  return { height: extents[0], width: extents[1], data: values };
}

function classesOf(map: PngMap, { classes, ignore }: LabelOf<'segmentation' | 'parts'>, path: string): PackedLabel {
  const { width, height, data: indices } = map;
  const table = Int16Array.from({ length: 2 ** Math.max(8, map.bits) }, (_, index) =>
    index === ignore ? 255 : index < classes.length ? index : -1,
  );
  let signs = 0;
  for (let at = 0; at < indices.length; at++) signs |= table[indices[at]];
  if (signs < 0) {
    const at = indices.findIndex((index) => table[index] < 0);
    let beyond = 0;
    for (const index of indices) beyond += Number(table[index] < 0);
    throw new NddrError(
      `${path}: class index ${indices[at]} at ${pixel(at, width)} (${beyond} pixels beyond the classes), expected ` +
        `0 to ${classes.length - 1}, or ${ignore} where unlabelled; mend the file, or "classes" or "ignore"`,
    );
  }
  const asTheyAre = indices instanceof Uint8Array && ignore === 255;
  return { channels: 1, height, width, data: asTheyAre ? indices : translate(indices, table) };
}

/** The entries of a table at these indices, as bytes; in place where the indices are bytes. */
function translate(indices: PngMap['data'], table: ArrayLike<number>): Uint8Array {
  const data = indices instanceof Uint8Array ? indices : new Uint8Array(indices.length);
  for (let at = 0; at < data.length; at++) data[at] = table[indices[at]];
  return data;
}

function normalsOf(map: PngMap, { yAxis, unlabelled }: LabelOf<'normals'>, path: string): PackedLabel {
  const { width, height, channels, bits } = map;
  if (channels < 3 || bits < 8) {
    throw new NddrError(`${path}: has ${channels} channels of ${bits} bits, expected an RGB PNG of 8 or 16 bits`);
  }
  const data = channels === 3 ? map.data : withoutAlpha(map.data);
  const range = 2 ** bits - 1;
  const wrong = findNoDirection(data, range, unlabelled);
  if (wrong >= 0) {
    const [r, g, b] = data.subarray(wrong, wrong + 3);
    const length = Math.hypot(2 * r - range, 2 * g - range, 2 * b - range) / range;
    throw new NddrError(
      `${path}: colour (${r}, ${g}, ${b}) at ${pixel(wrong / 3, width)} is ${length < 0.1 ? 'a zero vector' : 'no unit vector'} ` +
        `(length ${length.toFixed(2)}); if it means unlabelled, set "unlabelled" of the label to [${r}, ${g}, ${b}]`,
    );
  }
  const encoding: Encoding = { kind: 'directions', range, ySign: yAxis === 'up' ? 1 : -1, unlabelled };
  return { channels: 3, height, width, data, encoding };
}

/** Where the first colour lies that is neither a unit vector nor `unlabelled`; -1 where there is none. */
function findNoDirection(data: PngMap['data'], range: number, unlabelled: readonly number[] = []): number {
  // An encoded unit vector keeps its length up to rounding and some smoothing; 0 and sqrt(3) are marks, not normals.
  const shortest = Math.ceil((0.5 * range) ** 2);
  const longest = Math.floor((1.5 * range) ** 2);
  if (data instanceof Uint8Array && !anyBeyond(data, range, shortest, longest)) return -1;
  for (let at = 0; at < data.length; at += 3) {
    const x = 2 * data[at] - range;
    const y = 2 * data[at + 1] - range;
    const z = 2 * data[at + 2] - range;
    const squares = x * x + y * y + z * z;
    if (squares >= shortest && squares <= longest) continue;
    if (unlabelled.length === 0 || unlabelled.some((value, i) => value !== data[at + i])) return at;
  }
  return -1;
}

/** Whether any colour of 8 bits has squares beyond these: without branches, three times as fast as to look for it. */
function anyBeyond(data: Uint8Array, range: number, shortest: number, longest: number): boolean {
  let signs = 0;
  for (let at = 2; at < data.length; at += 3) {
    const x = 2 * data[at - 2] - range;
    const y = 2 * data[at - 1] - range;
    const z = 2 * data[at] - range;
    const squares = Math.imul(x, x) + Math.imul(y, y) + Math.imul(z, z);
    signs |= (squares - shortest) | (longest - squares);
  }
  return signs < 0;
}

/** RGB of RGBA. */
const withoutAlpha = (data: PngMap['data']): PngMap['data'] => data.filter((_, at) => at % 4 !== 3);

function depthOf({ width, height, data: values }: ValueMap, what: LabelOf<'depth'>, path: string): PackedLabel {
  const data = new Float32Array(width * height);
  for (let at = 0; at < data.length; at++) {
    const metres = values[at] * what.metresPerValue;
    if (!(metres >= 0 && metres < Number.POSITIVE_INFINITY)) {
      throw new NddrError(
        `${path}: depth ${values[at]} at ${pixel(at, width)}, expected metres above 0, or 0 where the depth is unknown`,
      );
    }
    data[at] = metres;
  }
  return { channels: 1, height, width, data };
}

/** 1 for values of at least `from`, 0 for less, 255 for `ignore`. */
function yesOrNo(map: PngMap, from: number, ignore: number | undefined): PackedLabel {
  const { width, height, bits, data } = map;
  const table = Uint8Array.from({ length: 2 ** Math.max(8, bits) }, (_, value) =>
    value === ignore ? 255 : Number(value >= from),
  );
  return { channels: 1, height, width, data: translate(data, table) };
}
