/** Random splits in which nobody is in two splits. */
import { atRandom } from '../splitting.js';

/**
 * The split of each item, drawn at random by person: all of a person's are in one split, since a network would know the
 * face again. The shares are shares of the persons. An item without a person is one of its own.
 * @returns undefined for items that no share covers
 */
export function splitByPerson<Item>(
  items: readonly Item[],
  personOf: (item: Item) => string,
  shares: Readonly<Record<string, number>>,
  seed: number,
): (item: Item) => string | undefined {
  const persons = [...new Set(items.map(personOf))];
  const splitOf = new Map<string, string>();
  for (const [split, own] of atRandom(persons, shares, seed)) for (const person of own) splitOf.set(person, split);
  return (item) => splitOf.get(personOf(item));
}
