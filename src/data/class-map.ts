import { NddrError } from '../errors.js';
import { someOf } from '../words.js';
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

/**
 * The classes of a file of indices, or of colours where the label has any: uint8 [1, H, W], 255 unlabelled.
 * @throws NddrError naming the file, what has no class, and where it first stands
 */
export function classesOf(file: LabelFile, what: ClassMapLabel, path: string): PackedLabel {
  const table = classTable(what);
  const painted = paintedOf(file, what, table, path);
  if (painted) {
    const known = Math.max(1, table.colours.size);
    const expected = `one of the ${known} colours of the classes`;
    return look(painted, table.colours, what, { path, noun: 'colour', show: colourKey, expected });
  }
  const expected = meaningsOf(table);
  return look(oneChannel(file, path), table.indices, what, { path, noun: 'class index', show: String, expected });
}

/** The file as one number 0xRRGGBB a pixel, where its colours mean classes. */
function paintedOf(file: LabelFile, what: ClassMapLabel, table: ClassTable, path: string): LabelFile | undefined {
  if (file.channels < 3 || table.colours.size === 0 || what.coding === 'indices') return undefined;
  const opaque = withoutAlpha(file, path);
  if (file.range !== 255)
    throw new NddrError(`${path}: has colours of other than 8 bits; save it with 8 bits a channel`);
  const { width, height, data } = opaque;
  const colours = new Int32Array(width * height);
  for (let at = 0, from = 0; at < colours.length; at++, from += 3) {
    colours[at] = (data[from] << 16) | (data[from + 1] << 8) | data[from + 2];
  }
  const painted: LabelFile = { width, height, channels: 1, data: colours };
  const grey = what.coding === 'colours' ? undefined : greyOf(opaque);
  if (!grey) return painted;
  // All grey: indices, unless the greys are colours of classes. Where both could be meant and differ, nothing tells.
  const greys = [...new Set(grey.data)];
  const asColours = greys.map((v) => table.colours.get(colourNumber([v, v, v])) ?? UNKNOWN);
  const asIndices = greys.map((v) => table.indices.get(v) ?? UNKNOWN);
  if (asColours.includes(UNKNOWN)) return undefined;
  if (asIndices.includes(UNKNOWN) || asColours.every((meaning, i) => meaning === asIndices[i])) return painted;
  throw new NddrError(
    `${path}: holds the greys ${greys.slice(0, SHOWN).join(', ')} only, which could be indices or colours of classes; ` +
      'set "coding" of the label to "indices" or "colours"',
  );
}

interface Words {
  readonly path: string;
  readonly noun: string;
  readonly show: (value: number) => string;
  readonly expected: string;
}

/** Every pixel's entry of a table. */
function look(
  { width, height, data, range }: LabelFile,
  meanings: ReadonlyMap<number, number>,
  what: ClassMapLabel,
  words: Words,
): PackedLabel {
  const unknown = what.others === 'unlabelled' ? UNLABELLED : UNKNOWN;
  const of = (value: number) => meanings.get(value) ?? unknown;
  const small = (data instanceof Uint8Array || data instanceof Uint16Array) && range !== undefined;
  const classes = small ? lookUp(data, range, of) : lookEach(data, of);
  if (classes) return { channels: 1, height, width, data: classes };
  const counts = new Map<number, number>();
  for (const value of data) if (of(value) < 0) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [first] = counts.keys();
  const total = [...counts.values()].reduce((sum, pixels) => sum + pixels, 0);
  const most = [...counts].sort(([, a], [, b]) => b - a);
  const listed = most.map(([value, pixels]) => `${words.show(value)}: ${pixels}`);
  const all = counts.size > 1 ? `; ${someOf(listed, SHOWN)}` : '';
  const keys = words.noun === 'colour' ? '"colours" or "map"' : '"classes", "first", "map" or "ignore"';
  const at = data.findIndex((value) => Object.is(value, first));
  throw new NddrError(
    `${words.path}: ${words.noun} ${words.show(first)} at ${showPixel(at, width)} ` +
      `(${total} pixels beyond the classes${all}), expected ${words.expected}; mend the file, or ${keys} ` +
      'of the label, or set its "others" to "unlabelled"',
  );
}

/** By a table of all values; undefined where one is unknown. Bytes stay where they are. */
function lookUp(data: Uint8Array | Uint16Array, range: number, of: (value: number) => number): Uint8Array | undefined {
  const table = Int16Array.from({ length: Math.max(255, range) + 1 }, (_, value) => of(value));
  let signs = 0;
  for (let at = 0; at < data.length; at++) signs |= table[data[at]];
  if (signs < 0) return undefined;
  if (data instanceof Uint8Array && table.every((meaning, value) => meaning === value || meaning === UNKNOWN))
    return data;
  const classes = data instanceof Uint8Array ? data : new Uint8Array(data.length);
  for (let at = 0; at < data.length; at++) classes[at] = table[data[at]];
  return classes;
}

/** Value by value, for numbers that no table could list; runs of one value are looked up once. */
function lookEach(data: LabelFile['data'], of: (value: number) => number): Uint8Array | undefined {
  const classes = new Uint8Array(data.length);
  let [last, meaning] = [Number.NaN, UNKNOWN];
  for (let at = 0; at < data.length; at++) {
    if (data[at] !== last) {
      last = data[at];
      meaning = of(last);
    }
    if (meaning < 0) return undefined;
    classes[at] = meaning;
  }
  return classes;
}
