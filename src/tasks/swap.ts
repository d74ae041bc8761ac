/** Classes that name a side, such as "left arm" and "right arm": they must change places where an image is mirrored. */
import { NddrError } from '../errors.js';
import { suggest } from '../schema.js';
import type { Task } from './task.js';

/** "auto": pairs are found by their names. "off": no class changes places. Or a list of pairs of names. */
export type SwapSetting = 'auto' | 'off' | readonly (readonly [string, string])[];

/** An exchange of classes in the labels of one task. */
export interface Swap {
  /** Whether classes are the values of a label (class maps, classification) or its channels (multilabel). */
  readonly of: 'values' | 'channels';
  /** The new class of each class, by number. */
  readonly to: readonly number[];
  /** The pairs that change places, by name. */
  readonly pairs: readonly (readonly [string, string])[];
}

const classesOf = ({ describe: { classes } }: Task): readonly string[] =>
  Array.isArray(classes) ? (classes as string[]) : [];

/** The exchange that mirroring needs in the labels of a task; undefined where no class changes places. */
export function swapOf(task: Task, setting: SwapSetting = 'auto'): Swap | undefined {
  const classes = classesOf(task);
  const pairs =
    setting === 'auto'
      ? pairsAmong(classes)
      : setting === 'off'
        ? []
        : setting.filter((pair) => pair.every((name) => classes.includes(name)));
  if (pairs.length === 0) return undefined;
  const to = classes.map((_, i) => i);
  for (const [a, b] of pairs.map((pair) => pair.map((name) => classes.indexOf(name)))) [to[a], to[b]] = [b, a];
  return { of: task.label.channels === classes.length ? 'channels' : 'values', to, pairs };
}

/** Exchanges the classes of a label, in place. @param label [channels, pixels] */
export function swapSides(label: Float32Array, { of, to }: Swap): void {
  if (of === 'channels') swapChannels(label, to);
  else for (let i = 0; i < label.length; i++) if (label[i] < to.length) label[i] = to[label[i]];
}

/** Exchanges channels, in place. @param map [channels, pixels] @param to the new number of each channel */
export function swapChannels(map: Float32Array | Uint8Array, to: readonly number[]): void {
  const pixels = map.length / to.length;
  const before = map.slice();
  for (const [from, c] of to.entries()) map.set(before.subarray(from * pixels, (from + 1) * pixels), c * pixels);
}

/**
 * Checks the setting against the classes of the tasks.
 * @throws NddrError where a name is no class of any task, is named twice, or is paired with a class of another task
 */
export function checkSwaps(tasks: readonly Task[], setting: SwapSetting): void {
  if (typeof setting === 'string') return;
  const known = tasks.flatMap(classesOf);
  const named = setting.flat();
  for (const [i, name] of named.entries()) {
    if (!known.includes(name)) throw new NddrError(`train.augment.swap names "${name}"; ${suggest(name, known)}`);
    if (named.indexOf(name) < i) throw new NddrError(`train.augment.swap names "${name}" twice.`);
  }
  for (const pair of setting)
    if (!tasks.some((task) => pair.every((name) => classesOf(task).includes(name))))
      throw new NddrError(`train.augment.swap: "${pair.join('" and "')}" are not classes of one task.`);
}

/** The pairs of names that differ only in the side they name. */
export function pairsAmong(names: readonly string[]): [string, string][] {
  const found = new Map<string, { left?: string; right?: string }>();
  for (const name of names) {
    const sided = sideOf(name);
    if (sided) found.set(sided.rest, { [sided.side]: name, ...found.get(sided.rest) });
  }
  return [...found.values()].flatMap(({ left, right }): [string, string][] =>
    left !== undefined && right !== undefined ? [[left, right]] : [],
  );
}

const SIDES: Readonly<Record<string, 'left' | 'right'>> = { left: 'left', l: 'left', right: 'right', r: 'right' };

/**
 * The side that a name contains, and the rest of the name: as a word of its own (left, right, l, r), or as the
 * beginning or end of a word.
 */
function sideOf(name: string): { side: 'left' | 'right'; rest: string } | undefined {
  const words = name
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  const at = words.findIndex((word) => word in SIDES);
  if (at >= 0) return { side: SIDES[words[at]], rest: words.with(at, '*').join(' ') };
  const glued = /^(?:(left|right)(.+)|(.+?)(left|right))$/.exec(words.join(' '));
  if (!glued) return undefined;
  const [, first, after, before, last] = glued;
  return { side: (first ?? last) as 'left' | 'right', rest: first ? `*${after}` : `${before}*` };
}
