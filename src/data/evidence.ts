// What the values in label files say about their meaning: `init` guesses by it, and `check` notes it.
import { several, someOf } from '../words.js';
import type { Count, Counts, Survey } from './survey.js';

const SHOWN = 8;

export const pixelsOf = (counts: Iterable<readonly [number, Count]>): number =>
  [...counts].reduce((sum, [, { pixels }]) => sum + pixels, 0);

/** Values with their pixels and files, the first few: `3 (120 pixels in 4 files), 17 (2 pixels in 1 file)`. */
export function listCounts(counts: Counts, show: (value: number) => string = String): string {
  const listed = [...counts].map(([value, { pixels, files }]) => {
    return `${show(value)} (${several(pixels, 'pixel')} in ${several(files, 'file')})`;
  });
  return someOf(listed, SHOWN);
}

/** The counts of the values that fit, in ascending order of the values. */
export const countsOf = (counts: Counts, wanted: (value: number) => boolean): Counts =>
  new Map([...counts].filter(([value]) => wanted(value)).sort(([a], [b]) => a - b));

/** `1 file read holds 0 (8 pixels in 1 file)`: what files hold, as the reason of a guess. */
export const holdingOf = (files: number, what: string): string =>
  `${several(files, 'file')} read ${files === 1 ? 'holds' : 'hold'} ${what}`;

/** For messages about masks whose values interpolation or JPEG has changed. */
export const RESIZED =
  'it looks like a resized or lossy mask; export it again with nearest-neighbour scaling, as PNG, without smoothing';

/** Whether the indices have more gaps between them than the indices of classes would. */
export const isSparse = (indices: readonly number[]): boolean =>
  indices.length > 0 && Math.max(...indices) - Math.min(...indices) + 1 > Math.max(4, 2 * indices.length);

/** The smoothed edges of a mask cover at most this share of the pixels. */
const LARGEST_EDGE_SHARE = 0.2;

/** Whether the files look like masks of two values whose smoothed edges hold a few values between these. */
export function looksResized({ values, pixels }: Survey): boolean {
  const indices = [...values.keys()];
  const most = Math.max(...indices);
  const between = pixelsOf([...values].filter(([value]) => value > 0 && value < most));
  return indices.length > 3 && most >= 128 && isSparse(indices) && between < LARGEST_EDGE_SHARE * pixels;
}

/** The first few names, each in double quotes. */
export const listNames = (names: readonly string[]): string =>
  someOf(
    names.map((name) => `"${name}"`),
    SHOWN,
  );

/** The values of a mask that are neither 0, nor the largest, nor to be ignored. */
export function betweenOf({ values, most }: Survey, ignore: readonly number[] = []): Counts {
  return countsOf(values, (value) => value !== 0 && value !== most && !ignore.includes(value));
}

/** Usual units of depth maps: metres of one unit, and the name. */
const UNITS: readonly (readonly [number, string])[] = [
  [1, 'metres'],
  [0.01, 'centimetres'],
  [0.001, 'millimetres'],
  [1 / 5000, '1/5000 m, as TUM and some of NYU'],
  [1 / 256, '1/256 m, as KITTI'],
];

const round = (metres: number): string => String(Number(metres.toPrecision(3)));

/** A range of values in metres, in words, for each usual unit in which a camera could see so far. */
export function readingsOf(least: number, most: number): string {
  const sensible = UNITS.filter(([unit]) => most * unit >= 1 && most * unit <= 300);
  const shown = (sensible.length > 0 ? sensible : UNITS).map(
    ([unit, name]) => `${unit} (${name}) makes it ${round(least * unit)} to ${round(most * unit)} m`,
  );
  return shown.join('; ');
}

/** Whether a depth map that reaches this many metres is unlikely to come from a camera. */
export const isUnlikelyReach = (most: number): boolean => most < 0.3 || most > 1000;

/** Metres of one unit where the type and range of the values leave little doubt. */
export function likelyUnit({ floats }: Survey, most: number): number | undefined {
  if (floats > 0) return most <= 300 ? 1 : undefined;
  return most >= 1000 && most <= 20_000 ? 0.001 : undefined;
}

/** No visible surface faces away from the viewer, so with this share of such normals their axes are in doubt. */
const DOUBTFUL_SHARE = 0.05;
export const manyFaceAway = (away: number, labelled: number): boolean => away >= DOUBTFUL_SHARE * labelled;

/**
 * The largest value of depth files where it looks like a mark: it is the last one of its type and far above all others.
 */
export function endMark({ values, range, most }: Survey): number | undefined {
  if (range === undefined || range < 255 || most !== range) return undefined;
  const next = Math.max(0, ...[...values.keys()].filter((value) => value < most));
  return next < 0.9 * most ? most : undefined;
}
