/** Decodes label files into the form that tasks read. */
import { NddrError } from '../errors.js';
import { classesOf } from './class-map.js';
import { type LabelOf, listOf, type MapLabel, usualThreshold } from './description.js';
import { normalsOf } from './directions.js';
import { type LabelFile, oneChannel, showPixel } from './label-file.js';
import type { PackedLabel } from './packed.js';

/** The label that a file holds; the numbers of the file may be changed in place. @throws NddrError as `readLabel` */
export function packLabel(file: LabelFile, what: MapLabel, path: string): PackedLabel {
  if (what.kind === 'segmentation' || what.kind === 'parts') return classesOf(file, what, path);
  if (what.kind === 'normals') return normalsOf(file, what, path);
  if (what.kind === 'depth') return depthOf(oneChannel(file, path), what, path);
  const threshold = what.threshold ?? usualThreshold(what.kind);
  return binaryOf(oneChannel(file, path), threshold, listOf(what.ignore), path);
}

/** Metres, kept as whole numbers of the file where it holds such; 0 where unlabelled. */
function depthOf({ width, height, data, range }: LabelFile, what: LabelOf<'depth'>, path: string): PackedLabel {
  const { metresPerValue, maximum = Number.POSITIVE_INFINITY } = what;
  const invalid = new Set(listOf(what.invalid));
  const size = { channels: 1, height, width };
  if ((data instanceof Uint8Array || data instanceof Uint16Array) && range !== undefined) {
    if (invalid.size > 0 || range * metresPerValue > maximum) {
      const drop = (value: number) => invalid.has(value) || value * metresPerValue > maximum;
      const table = Uint16Array.from({ length: range + 1 }, (_, value) => (drop(value) ? 0 : value));
      for (let at = 0; at < data.length; at++) data[at] = table[data[at]];
    }
    return { ...size, data, encoding: { kind: 'metres', metresPerValue } };
  }
  const depth = new Float32Array(width * height);
  for (let at = 0; at < depth.length; at++) {
    const value = data[at];
    const metres = value * metresPerValue;
    if (invalid.has(value) || (metres > maximum && metres < Number.POSITIVE_INFINITY)) continue;
    if (metres >= 0 && metres < Number.POSITIVE_INFINITY) depth[at] = metres;
    else if (what.others === 'refuse') throw depthError(data, at, invalid, width, path);
  }
  return { ...size, data: depth };
}

/** The error about a pixel that holds no depth. */
function depthError(data: LabelFile['data'], at: number, invalid: ReadonlySet<number>, width: number, path: string) {
  let strange = 0;
  for (const value of data) strange += Number(!(value >= 0 && value < Number.POSITIVE_INFINITY) && !invalid.has(value));
  const known = Number.isFinite(data[at]) ? `, or "invalid" to ${data[at]}` : '';
  return new NddrError(
    `${path}: depth ${data[at]} at ${showPixel(at, width)} (${strange} pixels are NaN, infinite or negative), expected ` +
      `metres above 0, or 0 where the depth is unknown; if they mean unknown, set "others" of the label to "unlabelled"${known}`,
  );
}

/** uint8 [1, H, W]: 1 for values of at least `threshold`, 0 for smaller ones, 255 for those to ignore. */
function binaryOf(file: LabelFile, threshold: number, ignore: readonly number[], path: string): PackedLabel {
  const { width, height, data, range } = file;
  const size = { channels: 1, height, width };
  const binary = (value: number) => (ignore.includes(value) ? 255 : Number(value >= threshold));
  if ((data instanceof Uint8Array || data instanceof Uint16Array) && range !== undefined) {
    const table = Uint8Array.from({ length: range + 1 }, (_, value) => binary(value));
    const binaries = data instanceof Uint8Array ? data : new Uint8Array(data.length);
    for (let at = 0; at < binaries.length; at++) binaries[at] = table[data[at]];
    return { ...size, data: binaries };
  }
  const strange = data.findIndex((value) => !Number.isInteger(value));
  if (strange >= 0) {
    throw new NddrError(
      `${path}: holds ${data[strange]} at ${showPixel(strange, width)}, expected whole numbers; save probabilities as ` +
        'whole per cent or bytes, and set "threshold"',
    );
  }
  return { ...size, data: Uint8Array.from(data, binary) };
}
