import { nearest } from '../nearest.js';

/** The end of a message about an unknown word: the nearest known one, and all of them. */
export function suggest(word: string, known: readonly string[]): string {
  if (known.length === 0) return 'there is none';
  return `did you mean "${nearest(word, known)}"? known: ${known.join(', ')}`;
}
