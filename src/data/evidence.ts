// What the values in label files tell of their meaning, in words; `init` guesses by it, and `check` notes it.
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

/** Those of some values, in their order. */
export const countsOf = (counts: Counts, wanted: (value: number) => boolean): Counts =>
  new Map([...counts].filter(([value]) => wanted(value)).sort(([a], [b]) => a - b));

/** Said of masks as interpolation and JPEG leave them. */
export const RESIZED =
  'it looks like a resized or lossy mask; export it again with nearest-neighbour scaling, as PNG, without smoothing';

/** Whether indices leave more gaps than a list of classes would. */
export const isSparse = (indices: readonly number[]): boolean =>
  indices.length > 0 && Math.max(...indices) - Math.min(...indices) + 1 > Math.max(4, 2 * indices.length);

/** The largest share of the pixels that the edges of a smoothed mask take. */
const EDGES = 0.2;

/** Whether indices are those of a mask of two greys and a few values between them, as smooth edges leave them. */
export function looksResized({ values, pixels }: Survey): boolean {
  const indices = [...values.keys()];
  const most = Math.max(...indices);
  const between = pixelsOf([...values].filter(([value]) => value > 0 && value < most));
  return indices.length > 3 && most >= 128 && isSparse(indices) && between < EDGES * pixels;
}

/** Names in quotation marks, the first few. */
export const listNames = (names: readonly string[]): string =>
  someOf(
    names.map((name) => `"${name}"`),
    SHOWN,
  );

/** Values of a mask of yes and no that are neither 0, nor the largest, nor a mark. */
export function betweenOf({ values, most }: Survey, ignore: readonly number[] = []): Counts {
  return countsOf(values, (value) => value !== 0 && value !== most && !ignore.includes(value));
}

/** Units of depth, as metres a value, with what they are called. */
const UNITS: readonly (readonly [number, string])[] = [
  [1, 'metres'],
  [0.01, 'centimetres'],
  [0.001, 'millimetres'],
  [1 / 5000, '1/5000 m, as TUM and some of NYU'],
  [1 / 256, '1/256 m, as KITTI'],
];

const round = (metres: number): string => String(Number(metres.toPrecision(3)));

/** What a range of values would be in each unit that gives distances that cameras see. */
export function readingsOf(least: number, most: number): string {
  const sensible = UNITS.filter(([unit]) => most * unit >= 1 && most * unit <= 300);
  const shown = (sensible.length > 0 ? sensible : UNITS).map(
    ([unit, name]) => `${unit} (${name}) makes it ${round(least * unit)} to ${round(most * unit)} m`,
  );
  return shown.join('; ');
}

/** Whether distances up to this many metres are hardly those of a camera. */
export const isStrangeReach = (most: number): boolean => most < 0.3 || most > 1000;

/** Metres a value where the range leaves little doubt. */
export function likelyUnit({ floats }: Survey, most: number): number | undefined {
  if (floats > 0) return most <= 300 ? 1 : undefined;
  return most >= 1000 && most <= 20_000 ? 0.001 : undefined;
}

/** The share of normals from which on their axes are in doubt: no visible surface faces away from the viewer. */
const AWAY = 0.05;
export const manyFaceAway = (away: number, labelled: number): boolean => away >= AWAY * labelled;

/** The last value of depth files when it looks like a mark: the end of its type, far above all others. */
export function endMark({ values, range, most }: Survey): number | undefined {
  if (range === undefined || range < 255 || most !== range) return undefined;
  const next = Math.max(0, ...[...values.keys()].filter((value) => value < most));
  return next < 0.9 * most ? most : undefined;
}
