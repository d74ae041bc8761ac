import { NddrError } from '../errors.js';
import { type LabelFile, showPixel, withoutAlpha } from './label-file.js';
import type { Axis, LabelOf } from './label-kinds.js';
import type { Encoding, PackedLabel } from './packed.js';

type Triple = readonly [number, number, number];
type Colours = Uint8Array | Uint16Array;

// A stored unit vector has a length of 1 up to rounding and smoothing; vectors of length 0 and sqrt(3) are marks.
const SHORTEST = 0.5;
const LONGEST = 1.5;

/** Whether a vector of this length counts as a unit vector. */
export const isDirection = (length: number): boolean => length >= SHORTEST && length <= LONGEST;

/**
 * The normals of a file as unit vectors: x to the right, y up, z to the viewer.
 * @throws NddrError naming the file where it is no map of vectors, or a vector has no direction
 */
export function normalsOf(map: LabelFile, what: LabelOf<'normals'>, path: string): PackedLabel {
  const file = map.channels < 3 ? map : withoutAlpha(map, path);
  const whole = file.data instanceof Uint8Array || file.data instanceof Uint16Array;
  if (file.channels < 3 || (whole && (file.range ?? 0) < 255)) {
    throw new NddrError(
      `${path}: has ${file.channels} channels of values up to ${file.range ?? 'any'}, expected an RGB PNG of 8 or 16 ` +
        'bits, or a .npy file of shape (height, width, 3)',
    );
  }
  if (whole && what.encoding !== 'vector') return coloursOf(file, file.data as Colours, what, path);
  return vectorsOf(file, what, path);
}

/** Normals stored as colours, kept as compact as in the file. */
function coloursOf(file: LabelFile, data: Colours, what: LabelOf<'normals'>, path: string): PackedLabel {
  const { width, height } = file;
  const range = data instanceof Uint8Array ? 255 : 65535;
  let { unlabelled } = what;
  const wrong = findNoDirection(data, range, unlabelled);
  if (wrong >= 0 && what.others === 'refuse') {
    const [r, g, b] = data.subarray(wrong, wrong + 3);
    const length = Math.hypot(2 * r - range, 2 * g - range, 2 * b - range) / range;
    throw new NddrError(
      `${path}: colour (${r}, ${g}, ${b}) at ${showPixel(wrong / 3, width)} is ${describeLength(length)}; if it means ` +
        `unlabelled, set "unlabelled" of the label to [${r}, ${g}, ${b}], or "others" to "unlabelled" for all such`,
    );
  }
  if (wrong >= 0) {
    unlabelled ??= [0, 0, 0]; // black is no direction, so no labelled pixel has this colour
    for (let at = wrong; at >= 0; at = findNoDirection(data, range, unlabelled, at)) data.set(unlabelled, at);
  }
  if (what.axes) unlabelled = reorderChannels(data, range, what.axes, unlabelled);
  const ySign = what.yAxis === 'down' ? -1 : 1;
  const encoding: Encoding = { kind: 'directions', range, ySign, unlabelled };
  return { channels: 3, height, width, data, encoding };
}

/** What a vector that is no direction is, in words. */
const describeLength = (length: number): string =>
  `${length < 0.1 ? 'a zero vector' : 'no unit vector'} (length ${length.toFixed(2)})`;

/**
 * The offset of the first colour, from `from` on, that is neither a unit vector nor `unlabelled`; -1 where there is
 * none.
 */
function findNoDirection(data: Colours, range: number, unlabelled: readonly number[] = [], from = 0): number {
  const shortest = Math.ceil((SHORTEST * range) ** 2);
  const longest = Math.floor((LONGEST * range) ** 2);
  if (from === 0 && data instanceof Uint8Array && !anyBeyond(data, range, shortest, longest)) return -1;
  for (let at = from; at < data.length; at += 3) {
    const x = 2 * data[at] - range;
    const y = 2 * data[at + 1] - range;
    const z = 2 * data[at + 2] - range;
    const squares = x * x + y * y + z * z;
    if (squares >= shortest && squares <= longest) continue;
    if (unlabelled.length === 0 || unlabelled.some((value, i) => value !== data[at + i])) return at;
  }
  return -1;
}

/**
 * Whether the squared length of any colour of 8 bits lies outside these bounds. Without branches this is three times as
 * fast as to look for the first such colour.
 */
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

/** For each of x, y and z: the channel of the file that holds it, and whether it is negated there. */
const sourcesOf = (axes: readonly Axis[]) =>
  ['x', 'y', 'z'].map((axis) => {
    const channel = axes.findIndex((one) => one.endsWith(axis));
    return { channel, negative: axes[channel].startsWith('-') };
  });

/** Reorders the channels of all colours to x, y, z, in place. @returns the mark in that order */
function reorderChannels(data: Colours, range: number, axes: readonly Axis[], mark?: Triple): Triple | undefined {
  const [x, y, z] = sourcesOf(axes);
  // A component n is stored as (n + 1) / 2 of the range, so -n is stored as range - n.
  const reordered = (from: ArrayLike<number>, at: number): [number, number, number] => [
    x.negative ? range - from[at + x.channel] : from[at + x.channel],
    y.negative ? range - from[at + y.channel] : from[at + y.channel],
    z.negative ? range - from[at + z.channel] : from[at + z.channel],
  ];
  for (let at = 0; at < data.length; at += 3) {
    const [a, b, c] = reordered(data, at);
    data[at] = a;
    data[at + 1] = b;
    data[at + 2] = c;
  }
  return mark && reordered(mark, 0);
}

/** Normals stored as fractions: float32 [3, H, W] of unit length, zero where unlabelled. */
function vectorsOf({ width, height, data: numbers }: LabelFile, what: LabelOf<'normals'>, path: string): PackedLabel {
  const plane = width * height;
  const data = new Float32Array(3 * plane);
  const axes = what.axes ?? ['x', what.yAxis === 'down' ? '-y' : 'y', 'z'];
  const sources = sourcesOf(axes as readonly Axis[]);
  const coded = what.encoding === 'rgb';
  for (let at = 0; at < plane; at++) {
    const [a, b, c] = [numbers[3 * at], numbers[3 * at + 1], numbers[3 * at + 2]];
    if (what.unlabelled && a === what.unlabelled[0] && b === what.unlabelled[1] && c === what.unlabelled[2]) continue;
    const vector = coded ? [2 * a - 1, 2 * b - 1, 2 * c - 1] : [a, b, c];
    const length = Math.hypot(...vector);
    if (!isDirection(length)) {
      if (what.others === 'unlabelled') continue;
      throw new NddrError(
        `${path}: (${[a, b, c].join(', ')}) at ${showPixel(at, width)} is ${describeLength(length)}; if it means unlabelled, set ` +
          '"others" of the label to "unlabelled"',
      );
    }
    for (const [k, { channel, negative }] of sources.entries()) {
      data[k * plane + at] = (negative ? -vector[channel] : vector[channel]) / length;
    }
  }
  return { channels: 3, height, width, data };
}
