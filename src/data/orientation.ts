/**
 * Turns labels upright as their photographs are. The EXIF orientation, 1 to 8, says how the pixels are stored: with 5
 * to 8 rows and columns are exchanged; with 2, 3, 7 and 8 columns are stored from the right, with 3, 4, 6 and 7 rows
 * from below.
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

/** Turns a label of the stored pixels upright; normals are turned as vectors, too. */
export function turnUpright<Label extends PackedLabel>(label: Label, orientation: number, areNormals: boolean): Label {
  if (orientation <= 1) return label;
  const { width, height } = uprightSize(label, orientation);
  const from = storedPixels(label, orientation);
  const Type = label.data.constructor as new (length: number) => Label['data'];
  const data = new Type(label.data.length);
  const plane = width * height;
  const channels = label.data.length / plane;
  const strides =
    label.encoding?.kind === 'directions' ? { pixel: channels, channel: 1 } : { pixel: 1, channel: plane };
  for (let at = 0; at < plane; at++) {
    for (let c = 0; c < channels; c++)
      data[at * strides.pixel + c * strides.channel] = label.data[from[at] * strides.pixel + c * strides.channel];
  }
  const turned = { ...label, width, height, data };
  if (areNormals) turnNormals(turned, strides, orientation);
  return turned;
}

/** For every upright pixel the number of the stored pixel that it shows. */
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
  strides: { pixel: number; channel: number },
  orientation: number,
): void {
  const [right, below] = [fromRight(orientation) ? -1 : 1, fromBelow(orientation) ? -1 : 1];
  const directions = encoding?.kind === 'directions' ? encoding : undefined;
  // Where the stored y points down, exchanging it with x changes the sign once more. A component that is stored as
  // (n + 1) / 2 of the range is negated as range - value.
  const up = directions?.ySign ?? 1;
  const negate = (value: number) => (directions ? directions.range - value : -value);
  const signed = (value: number, sign: number) => (sign < 0 ? negate(value) : value);
  const mark = directions?.unlabelled;
  for (let at = 0; at < width * height; at++) {
    const [i, j, k] = [0, 1, 2].map((c) => at * strides.pixel + c * strides.channel);
    const [x, y, z] = [data[i], data[j], data[k]];
    if (mark ? x === mark[0] && y === mark[1] && z === mark[2] : !directions && x === 0 && y === 0 && z === 0) continue;
    if (isSideways(orientation)) [data[i], data[j]] = [signed(y, -below * up), signed(x, -right * up)];
    else [data[i], data[j]] = [signed(x, right), signed(y, below)];
  }
}
