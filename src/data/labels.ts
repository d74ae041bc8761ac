import { NddrError } from '../errors.js';
import { readWhole } from '../files.js';
import { decodeNpy, type NpyArray } from '../npy.js';
import type { Raster } from '../tasks/raster.js';
import type { LabelDescription, LabelOf } from './description.js';
import { readPngMap } from './image.js';
import { type Encoding, type PackedLabel, unpack } from './packed.js';
import type { PngMap } from './png.js';

/**
 * Reads a label file into the form that tasks read (see `Dataset`).
 * @throws NddrError naming the file, the value and the pixel when a value does not fit the description
 */
export async function readLabel(path: string, what: LabelDescription): Promise<Raster> {
  return unpack(await readPacked(path, what));
}

/** The same, kept as compact as in the file. @throws NddrError as `readLabel` */
export async function readPacked(path: string, what: LabelDescription): Promise<PackedLabel> {
  if (what.kind === 'segmentation') return classesOf(oneChannel(await readPngMap(path), path), what, path);
  if (what.kind === 'normals') return normalsOf(await readPngMap(path), what, path);
  if (what.kind === 'boundaries') return boundariesIn(oneChannel(await readPngMap(path), path), what);
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

function classesOf(map: PngMap, { classes, ignore }: LabelOf<'segmentation'>, path: string): PackedLabel {
  const { width, height, data: indices } = map;
  const table = Int16Array.from({ length: 2 ** Math.max(8, map.bits) }, (_, index) =>
    index === ignore ? 255 : index < classes.length ? index : -1,
  );
  const data = new Uint8Array(width * height);
  let signs = 0;
  for (let at = 0; at < data.length; at++) {
    const index = table[indices[at]];
    data[at] = index;
    signs |= index;
  }
  if (signs < 0) {
    const wrong = (index: number) => table[index] < 0;
    const at = indices.findIndex(wrong);
    let beyond = 0;
    for (const index of indices) beyond += Number(wrong(index));
    throw new NddrError(
      `${path}: class index ${indices[at]} at ${pixel(at, width)} (${beyond} pixels beyond the classes), expected ` +
        `0 to ${classes.length - 1}, or ${ignore} where unlabelled; mend the file, or "classes" or "ignore"`,
    );
  }
  return { channels: 1, height, width, data };
}

function normalsOf(map: PngMap, { yAxis, unlabelled }: LabelOf<'normals'>, path: string): PackedLabel {
  const { width, height, channels, bits } = map;
  if (channels < 3 || bits < 8) {
    throw new NddrError(`${path}: has ${channels} channels of ${bits} bits, expected an RGB PNG of 8 or 16 bits`);
  }
  const data = channels === 3 ? map.data : withoutAlpha(map.data);
  const range = 2 ** bits - 1;
  const [noRed, noGreen, noBlue] = unlabelled ?? [-1, -1, -1];
  for (let at = 0; at < data.length; at += 3) {
    const r = data[at];
    const g = data[at + 1];
    const b = data[at + 2];
    const [x, y, z] = [r * (2 / range) - 1, g * (2 / range) - 1, b * (2 / range) - 1];
    const squares = x * x + y * y + z * z;
    // An encoded unit vector keeps its length up to rounding and some smoothing; 0 and sqrt(3) are marks, not normals.
    if (squares >= 0.5 ** 2 && squares <= 1.5 ** 2) continue;
    if (r === noRed && g === noGreen && b === noBlue) continue;
    const length = Math.sqrt(squares);
    throw new NddrError(
      `${path}: colour (${r}, ${g}, ${b}) at ${pixel(at / 3, width)} is ${length < 0.1 ? 'a zero vector' : 'no unit vector'} ` +
        `(length ${length.toFixed(2)}); if it means unlabelled, set "unlabelled" of the label to [${r}, ${g}, ${b}]`,
    );
  }
  const encoding: Encoding = { kind: 'directions', range, ySign: yAxis === 'up' ? 1 : -1, unlabelled };
  return { channels: 3, height, width, data, encoding };
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

function boundariesIn({ width, height, data: values }: PngMap, { ignore }: LabelOf<'boundaries'>): PackedLabel {
  const data = new Uint8Array(width * height);
  for (let at = 0; at < data.length; at++) data[at] = values[at] === ignore ? 255 : values[at] > 0 ? 1 : 0;
  return { channels: 1, height, width, data };
}
