/** The table from the values of a file to classes. */
// What the numbers and colours in the files of a class map mean.
import { type ClassMapLabel, listOf } from './label-kinds.js';

/** The value of unlabelled pixels in class maps that have been read. */
export const UNLABELLED = 255;
/** The class of an index or a colour that has none. */
export const UNKNOWN = -1;

/**
 * Maps indices in files, and colours as 0xRRGGBB, to the index of their class or UNLABELLED. The others have no class.
 */
export interface ClassTable {
  readonly indices: ReadonlyMap<number, number>;
  readonly colours: ReadonlyMap<number, number>;
}

/** The index in files that means unlabelled unless `ignore` or a class says otherwise. */
export const USUAL_MARK = 255;

/** The index that a key of `map` names; NaN where it names a colour, undefined where it names neither. */
export function indexOfKey(key: string): number | undefined {
  if (/^-?\d{1,5}$/.test(key)) return Number(key);
  return colourOfKey(key) === undefined ? undefined : Number.NaN;
}

const colourOfKey = (key: string): number | undefined =>
  /^#[0-9a-f]{6}$/i.test(key) ? Number.parseInt(key.slice(1), 16) : undefined;

export const colourNumber = ([red, green, blue]: readonly number[]): number => (red << 16) | (green << 8) | blue;

export const colourKey = (colour: number): string => `#${colour.toString(16).padStart(6, '0')}`;

/** The table of a label; see "map", "first", "ignore" and "colours" of its description. */
export function classTable({ classes, map, first = 0, colours = [], ignore }: ClassMapLabel): ClassTable {
  const indices = new Map<number, number>();
  const byColour = new Map(colours.map((colour, k) => [colourNumber(colour), k]));
  // A map of colours alone leaves the indices as they are.
  const mapsIndices = Object.keys(map ?? {}).some((key) => colourOfKey(key) === undefined);
  if (!mapsIndices) for (const k of classes.keys()) indices.set(first + k, k);
  for (const [key, name] of Object.entries(map ?? {})) {
    const meaning = name === null ? UNLABELLED : classes.indexOf(name);
    const colour = colourOfKey(key);
    if (colour === undefined) indices.set(Number(key), meaning);
    else byColour.set(colour, meaning);
  }
  for (const index of listOf(ignore)) indices.set(index, UNLABELLED);
  if (ignore === undefined && !indices.has(USUAL_MARK)) indices.set(USUAL_MARK, UNLABELLED);
  return { indices, colours: byColour };
}

/** The indices that files may hold, in words: `0 to 12, or 255 where unlabelled`. */
export function meaningsOf({ indices }: ClassTable): string {
  const known = [...indices].filter(([, meaning]) => meaning !== UNLABELLED).map(([index]) => index);
  const marks = [...indices].filter(([, meaning]) => meaning === UNLABELLED).map(([index]) => index);
  const sorted = known.sort((a, b) => a - b);
  const run = sorted.length > 2 && sorted.at(-1) === sorted[0] + sorted.length - 1;
  const expected = run ? `${sorted[0]} to ${sorted.at(-1)}` : sorted.join(', ') || 'a colour';
  return marks.length > 0 ? `${expected}, or ${marks.join(', ')} where unlabelled` : expected;
}
