/** What the indices of NYU v2's label maps mean, and which frames are for testing. */
import { NYU_40 } from '../classes/nyu.js';
import { RAW_CLASSES, TEST_FRAMES, THIRTEEN, THIRTEEN_OF_FORTY } from './tables.js';

/** The names of the classes of either grouping. */
export const CLASSES = { 40: NYU_40, 13: THIRTEEN } as const;
export type Grouping = keyof typeof CLASSES;

/** Frames of the official archive. */
export const OFFICIAL_FRAMES = 1449;

const raw = RAW_CLASSES.trim()
  .replaceAll('\n', ' ')
  .split(', ')
  .map((entry) => entry.split(':'));
const classOfName = new Map(raw.map(([name, k]) => [name, Number(k)]));

/** The number of classes in the official archive. */
export const RAW_COUNT = raw.length;

const UNLABELLED = 255;

/** Raw index to class from 0, 255 for unlabelled; and the names that the published table does not have. */
export interface ClassTable {
  readonly table: Uint8Array;
  readonly unknown: readonly string[];
}

/**
 * The class of each index of the label maps; 0 means unlabelled there. Classes are found by their names; one without a
 * known name by its index, where there are as many as in the official archive.
 * @param names of the indices from 1 on, as the archive lists them
 */
export function classTable(names: readonly string[], grouping: Grouping): ClassTable {
  const table = new Uint8Array(names.length + 1).fill(UNLABELLED);
  const unknown: string[] = [];
  for (const [i, name] of names.entries()) {
    const byIndex = names.length === RAW_COUNT ? Number(raw[i][1]) : undefined;
    const of40 = classOfName.get(name) ?? byIndex;
    if (!classOfName.has(name)) unknown.push(name);
    if (of40 === undefined) continue;
    table[i + 1] = (grouping === 40 ? of40 : THIRTEEN_OF_FORTY[of40 - 1]) - 1;
  }
  return { table, unknown };
}

/** The split of the official division to which each frame belongs; frames are numbered from 1. */
export function splitOf(frame: number): 'train' | 'test' {
  return testFrames.has(frame) ? 'test' : 'train';
}

const testFrames = new Set(
  TEST_FRAMES.trim()
    .split(/\s+/)
    .flatMap((range) => {
      const [from, to = from] = range.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    }),
);
