/**
 * How photographs are turned upright. An EXIF orientation o says how the stored pixels lie: from 5 on rows and columns
 * are exchanged, 2, 3, 7 and 8 count the stored columns from the right, 3, 4, 6 and 7 the stored rows from below.
 */
import type { Size } from '../tasks/raster.js';
import type { PackedLabel } from './packed.js';

/** Whether an orientation exchanges width and height. */
export const isSideways = (orientation: number): boolean => orientation >= 5;

/** The size of an image once it is turned upright. */
export const uprightSize = ({ width, height }: Size, orientation: number): Size =>
  isSideways(orientation) ? { width: height, height: width } : { width, height };

const fromRight = (orientation: number): boolean => [2, 3, 7, 8].includes(orientation);
const fromBelow = (orientation: number): boolean => [3, 4, 6, 7].includes(orientation);

/** A label of the stored pixels as one of the image that is turned upright; normals are turned with their pixels. */
export function turnUpright<Label extends PackedLabel>(label: Label, orientation: number, areNormals: boolean): Label {
  if (orientation <= 1) return label;
  const { width, height } = uprightSize(label, orientation);
  const from = storedPixels(label, orientation);
  const Type = label.data.constructor as new (length: number) => Label['data'];
  const data = new Type(label.data.length);
  const plane = width * height;
  const channels = label.data.length / plane;
  const apart = label.encoding?.kind === 'directions' ? { pixel: channels, channel: 1 } : { pixel: 1, channel: plane };
  for (let at = 0; at < plane; at++) {
    for (let c = 0; c < channels; c++)
      data[at * apart.pixel + c * apart.channel] = label.data[from[at] * apart.pixel + c * apart.channel];
  }
  const turned = { ...label, width, height, data };
  if (areNormals) turnNormals(turned, apart, orientation);
  return turned;
}

/** For every upright pixel the number of the stored one. */
function storedPixels({ width, height }: PackedLabel, orientation: number): Int32Array {
  const sideways = isSideways(orientation);
  const columns = sideways ? height : width;
  return Int32Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [at % columns, Math.floor(at / columns)];
    const [u, v] = sideways ? [y, x] : [x, y];
    const column = fromRight(orientation) ? width - 1 - u : u;
    return (fromBelow(orientation) ? height - 1 - v : v) * width + column;
  });
}

/**
 * Turns vectors (x right, y up) in place. With r = -1 where columns count from the right, else 1, and b likewise for
 * rows from below: (x, y) -> (r x, b y), or, where rows and columns are exchanged, (-b y, -r x).
 */
function turnNormals(
  { data, width, height, encoding }: PackedLabel,
  apart: { pixel: number; channel: number },
  orientation: number,
): void {
  const [right, below] = [fromRight(orientation) ? -1 : 1, fromBelow(orientation) ? -1 : 1];
  const directions = encoding?.kind === 'directions' ? encoding : undefined;
  // Where the stored y points down, exchanging it with x changes the sign once more; (n + 1) / 2 of the range negates
  // as range - value.
  const up = directions?.ySign ?? 1;
  const negate = (value: number) => (directions ? directions.range - value : -value);
  const signed = (value: number, sign: number) => (sign < 0 ? negate(value) : value);
  const none = directions?.unlabelled;
  for (let at = 0; at < width * height; at++) {
    const [i, j, k] = [0, 1, 2].map((c) => at * apart.pixel + c * apart.channel);
    const [x, y, z] = [data[i], data[j], data[k]];
    if (none ? x === none[0] && y === none[1] && z === none[2] : !directions && x === 0 && y === 0 && z === 0) continue;
    if (isSideways(orientation)) [data[i], data[j]] = [signed(y, -below * up), signed(x, -right * up)];
    else [data[i], data[j]] = [signed(x, right), signed(y, below)];
  }
}
