/** Decodes class maps: from indices or colours in files to the indices of classes. */
import { NddrError } from '../errors.js';
import { several, someOf } from '../words.js';
import {
  type ClassTable,
  classTable,
  colourKey,
  colourNumber,
  meaningsOf,
  UNKNOWN,
  UNLABELLED,
} from './class-table.js';
import { greyOf, type LabelFile, oneChannel, showPixel, withoutAlpha } from './label-file.js';
import type { ClassMapLabel } from './label-kinds.js';
import type { PackedLabel } from './packed.js';

const SHOWN = 8;

/** What the numbers of a file mean, and the words for messages about them. */
interface Reading {
  readonly path: string;
  /** From the number in the file to the index of the class, or UNLABELLED. */
  readonly meanings: ReadonlyMap<number, number>;
  readonly noun: 'class index' | 'colour';
  readonly show: (value: number) => string;
  readonly expected: string;
  /** Keys of the label that can give a meaning to the number. */
  readonly keys: string;
}

/**
 * The classes of a file of indices, or of colours where the label has any: uint8 [1, H, W], 255 unlabelled.
 * @throws NddrError naming the file, the values without a class, and the place of the first
 */
export function classesOf(file: LabelFile, what: ClassMapLabel, path: string): PackedLabel {
  const table = classTable(what);
  const painted = paintedOf(file, what, table, path);
  const reading: Reading = painted
    ? {
        path,
        meanings: table.colours,
        noun: 'colour',
        show: colourKey,
        expected: `one of the ${Math.max(1, table.colours.size)} colours of the classes`,
        keys: '"colours" or "map"',
      }
    : {
        path,
        meanings: table.indices,
        noun: 'class index',
        show: String,
        expected: meaningsOf(table),
        keys: '"classes", "first", "map" or "ignore"',
      };
  return classesBy(reading, painted ?? oneChannel(file, path), what);
}

/** The file as one number 0xRRGGBB a pixel; undefined where its numbers are indices. */
function paintedOf(file: LabelFile, what: ClassMapLabel, table: ClassTable, path: string): LabelFile | undefined {
  if (file.channels < 3 || table.colours.size === 0 || what.coding === 'indices') return undefined;
  const opaque = withoutAlpha(file, path);
  if (file.range !== 255)
    throw new NddrError(`${path}: has colours of other than 8 bits; save it with 8 bits a channel`);
  const grey = what.coding === 'colours' ? undefined : greyOf(opaque);
  if (grey && !areColours([...new Set(grey.data)], table, path)) return undefined;
  const { width, height, data } = opaque;
  const colours = new Int32Array(width * height);
  for (let at = 0, from = 0; at < colours.length; at++, from += 3) {
    colours[at] = (data[from] << 16) | (data[from + 1] << 8) | data[from + 2];
  }
  return { width, height, channels: 1, data: colours };
}

/**
 * Whether greys are to be read as colours of classes and not as indices. They are if each is the colour of a class, and
 * either some are no indices, or all mean the same classes as indices.
 * @throws NddrError where they could be both, with different meanings
 */
function areColours(greys: readonly number[], { colours, indices }: ClassTable, path: string): boolean {
  const asColours = greys.map((v) => colours.get(colourNumber([v, v, v])) ?? UNKNOWN);
  const asIndices = greys.map((v) => indices.get(v) ?? UNKNOWN);
  if (asColours.includes(UNKNOWN)) return false;
  if (asIndices.includes(UNKNOWN) || asColours.every((meaning, i) => meaning === asIndices[i])) return true;
  throw new NddrError(
    `${path}: holds the greys ${greys.slice(0, SHOWN).join(', ')} only, which could be indices or colours of classes; ` +
      'set "coding" of the label to "indices" or "colours"',
  );
}

/** The class of every pixel. @throws NddrError where one has none, unless the label lets such pixels be unlabelled */
function classesBy(reading: Reading, file: LabelFile, { others }: ClassMapLabel): PackedLabel {
  const { width, height, data, range } = file;
  const unknown = others === 'unlabelled' ? UNLABELLED : UNKNOWN;
  const meaningOf = (value: number) => reading.meanings.get(value) ?? unknown;
  const hasFewValues = (data instanceof Uint8Array || data instanceof Uint16Array) && range !== undefined;
  const classes = hasFewValues ? lookUp(data, range, meaningOf) : lookUpEach(data, meaningOf);
  if (classes) return { channels: 1, height, width, data: classes };
  throw withoutClass(reading, file);
}

/**
 * The error about the numbers of a file that have no class: the first one with its place, and all with their pixels.
 */
function withoutClass({ path, meanings, noun, show, expected, keys }: Reading, { data, width }: LabelFile): NddrError {
  const counts = new Map<number, number>();
  for (const value of data) if (!meanings.has(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [first] = counts.keys();
  const total = [...counts.values()].reduce((sum, pixels) => sum + pixels, 0);
  const descending = [...counts].sort(([, a], [, b]) => b - a);
  const listed = descending.map(([value, pixels]) => `${show(value)}: ${pixels}`);
  const all = counts.size > 1 ? `; ${someOf(listed, SHOWN)}` : '';
  const at = data.findIndex((value) => Object.is(value, first));
  return new NddrError(
    `${path}: ${noun} ${show(first)} at ${showPixel(at, width)} ` +
      `(${several(total, 'pixel')} without a class${all}), expected ${expected}; correct the file, or ${keys} ` +
      'of the label, or set its "others" to "unlabelled"',
  );
}

/**
 * The class of each value, by a table of all values that the type can hold; undefined where one has none. Bytes are
 * replaced in place.
 */
function lookUp(
  data: Uint8Array | Uint16Array,
  range: number,
  meaningOf: (value: number) => number,
): Uint8Array | undefined {
  const table = Int16Array.from({ length: Math.max(255, range) + 1 }, (_, value) => meaningOf(value));
  let signs = 0;
  for (let at = 0; at < data.length; at++) signs |= table[data[at]];
  if (signs < 0) return undefined;
  if (data instanceof Uint8Array && table.every((meaning, value) => meaning === value || meaning === UNKNOWN))
    return data;
  const classes = data instanceof Uint8Array ? data : new Uint8Array(data.length);
  for (let at = 0; at < data.length; at++) classes[at] = table[data[at]];
  return classes;
}

/** The class of each value, looked up one by one, for types with too many values for a table. */
function lookUpEach(data: LabelFile['data'], meaningOf: (value: number) => number): Uint8Array | undefined {
  const classes = new Uint8Array(data.length);
  let [last, meaning] = [Number.NaN, UNKNOWN];
  for (let at = 0; at < data.length; at++) {
    if (data[at] !== last) {
      last = data[at];
      meaning = meaningOf(last);
    }
    if (meaning < 0) return undefined;
    classes[at] = meaning;
  }
  return classes;
}
