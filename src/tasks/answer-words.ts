/** Answers and labels about an image as a whole, in words. */
import type { AnswerWords } from './task.js';

/** The words of a label that is missing. */
export const UNLABELLED_WORDS: AnswerWords = { value: {}, lines: [{ text: 'unlabelled' }] };

/** `83 %` of 0.83. */
export const percentText = (share: number): string => `${Math.round(100 * share)} %`;

/** The indices of the scores from the greatest score to the least; of equal scores the lower index comes first. */
export const descending = (scores: ArrayLike<number>): number[] =>
  Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
