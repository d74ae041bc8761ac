/** Finds the known word that is nearest to a misspelt one. */

/**
 * The smallest number of insertions, deletions and replacements of letters from one word to another (Levenshtein,
 * 1966).
 */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(replaced, row[j] + 1, next[j - 1] + 1);
    }
    row = next;
  }
  return row[b.length];
}

/**
 * The known word that `word` most likely stands for, in upper or lower case: one that begins with it (`segmentation` for `seg`),
 * else the one with the fewest letters to change; undefined where no word is known.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const given = word.toLowerCase();
  const distances = known.map((candidate) => {
    const other = candidate.toLowerCase();
    return given !== '' && other.startsWith(given) ? 0 : editDistance(given, other);
  });
  return known[distances.indexOf(Math.min(...distances))];
}
