import { NddrError } from '../errors.js';
import { readWhole } from '../files.js';
import { decodeNpy, type NpyArray } from '../npy.js';
import type { Raster } from '../tasks/raster.js';
import type { LabelDescription, LabelOf } from './description.js';
import { type PngMap, readPngMap } from './image.js';

/**
 * Reads a label file into the form that tasks read (see `Dataset`).
 * @throws NddrError naming the file, the value and the pixel when a value does not fit the description
 */
export async function readLabel(path: string, what: LabelDescription): Promise<Raster> {
  if (what.kind === 'segmentation') return classesOf(oneChannel(await readPngMap(path), path), what, path);
  if (what.kind === 'normals') return normalsOf(await readPngMap(path), what, path);
  if (what.kind === 'boundaries') return boundariesIn(oneChannel(await readPngMap(path), path), what);
  const values = path.toLowerCase().endsWith('.npy')
    ? mapOf(decodeNpy(await readWhole(path), path), path)
    : oneChannel(await readPngMap(path), path);
  return depthOf(values, what, path);
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

function classesOf(map: PngMap, { classes, ignore }: LabelOf<'segmentation'>, path: string): Raster {
  const { width, height } = map;
  const data = new Uint8Array(width * height);
  for (let at = 0; at < data.length; at++) {
    const index = map.data[at];
    if (index === ignore) data[at] = 255;
    else if (index < classes.length) data[at] = index;
    else {
      let beyond = 0;
      for (const value of map.data) beyond += Number(value !== ignore && value >= classes.length);
      throw new NddrError(
        `${path}: class index ${index} at ${pixel(at, width)} (${beyond} pixels beyond the classes), expected ` +
          `0 to ${classes.length - 1}, or ${ignore} where unlabelled; mend the file, or "classes" or "ignore"`,
      );
    }
  }
  return { channels: 1, height, width, data };
}

function normalsOf(map: PngMap, { yAxis, unlabelled }: LabelOf<'normals'>, path: string): Raster {
  const { width, height, channels, bits } = map;
  if (channels < 3 || bits < 8) {
    throw new NddrError(`${path}: has ${channels} channels of ${bits} bits, expected an RGB PNG of 8 or 16 bits`);
  }
  const plane = width * height;
  const data = new Float32Array(3 * plane);
  const scale = 2 / (2 ** bits - 1);
  const ySign = yAxis === 'up' ? 1 : -1;
  for (let at = 0, from = 0; at < plane; at++, from += channels) {
    const r = map.data[from];
    const g = map.data[from + 1];
    const b = map.data[from + 2];
    if (unlabelled && r === unlabelled[0] && g === unlabelled[1] && b === unlabelled[2]) continue;
    const x = r * scale - 1;
    const y = g * scale - 1;
    const z = b * scale - 1;
    const length = Math.sqrt(x * x + y * y + z * z);
    // An encoded unit vector keeps its length up to rounding and some smoothing; 0 and sqrt(3) are marks, not normals.
    if (length < 0.5 || length > 1.5) {
      throw new NddrError(
        `${path}: colour (${r}, ${g}, ${b}) at ${pixel(at, width)} is ${length < 0.1 ? 'a zero vector' : 'no unit vector'} ` +
          `(length ${length.toFixed(2)}); if it means unlabelled, set "unlabelled" of the label to [${r}, ${g}, ${b}]`,
      );
    }
    data[at] = x / length;
    data[plane + at] = (ySign * y) / length;
    data[2 * plane + at] = z / length;
  }
  return { channels: 3, height, width, data };
}

function depthOf({ width, height, data: values }: ValueMap, what: LabelOf<'depth'>, path: string): Raster {
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

function boundariesIn({ width, height, data: values }: PngMap, { ignore }: LabelOf<'boundaries'>): Raster {
  const data = new Uint8Array(width * height);
  for (let at = 0; at < data.length; at++) data[at] = values[at] === ignore ? 255 : values[at] > 0 ? 1 : 0;
  return { channels: 1, height, width, data };
}
