/** Counts, lists and shares as messages write them. */

/** `1 file`, `2 files`. */
export const several = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** The first few items, and how many more there are: `a, b, c and 4 more`. */
export function someOf(items: readonly string[], shown = 3): string {
  const more = items.length - shown;
  return items.slice(0, shown).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/**
 * A share with one decimal: `42.2 %`; `under 0.1 %` for one that would be rounded to 0, and `0.0 %` where `whole` is 0.
 */
export function percent(part: number, whole: number): string {
  const share = (100 * part) / Math.max(1, whole);
  return `${share > 0 && share < 0.05 ? 'under 0.1' : share.toFixed(1)} %`;
}
