/** Numbers and lists in the words of messages. */

/** `1 file`, `2 files`. */
export const several = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** The first few, and how many there are besides: `a, b, c and 4 more`. */
export function someOf(items: readonly string[], shown = 3): string {
  const more = items.length - shown;
  return items.slice(0, shown).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** A share with one decimal: `42.2 %`. What is not nothing is not shown as 0; a part of nothing is 0. */
export function percent(part: number, whole: number): string {
  const share = (100 * part) / Math.max(1, whole);
  return `${share > 0 && share < 0.05 ? 'under 0.1' : share.toFixed(1)} %`;
}
