import type { Telling } from './task.js';

/** What a label says that is not there. */
export const UNLABELLED_LINE: Telling = { value: {}, lines: [{ text: 'unlabelled' }] };

export const percentText = (share: number): string => `${Math.round(100 * share)} %`;

/** Indices of the scores, the greatest first, of equals the lower. */
export const descending = (scores: ArrayLike<number>): number[] =>
  Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
