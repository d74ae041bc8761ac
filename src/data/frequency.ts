/** Counts the classes in the labels of a split, for class weights by frequency. */
import type { PackableDataset } from './dataset.js';

/** At most so many samples of a split are counted, evenly spread over it: enough for the shares of classes. */
const MOST_SAMPLES = 2000;

export interface ClassShares {
  /** The share of each class in all labelled pixels, or images; all 0 where nothing is labelled. */
  readonly shares: readonly number[];
  /** How many samples were counted, of how many. */
  readonly samples: number;
  readonly of: number;
}

/**
 * How often each class occurs in a label whose numbers are classes.
 * @param classes how many there are; values that are no index of these are unlabelled
 */
export async function classShares(dataset: PackableDataset, label: string, classes: number): Promise<ClassShares> {
  const reader = dataset.packed([label]);
  const samples = Math.min(dataset.length, MOST_SAMPLES);
  const counts = new Float64Array(classes);
  for (let i = 0; i < samples; i++) {
    const { labels } = await reader.read(Math.floor((i * dataset.length) / samples));
    for (const value of labels[label]?.data ?? []) if (value >= 0 && value < classes) counts[value]++;
  }
  const total = counts.reduce((sum, n) => sum + n, 0);
  return { shares: Array.from(counts, (n) => (total > 0 ? n / total : 0)), samples, of: dataset.length };
}
