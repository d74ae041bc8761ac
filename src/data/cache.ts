import type { Dataset, Sample } from './dataset.js';

/**
 * The same data set, with decoded samples kept in memory up to a budget, so that a small one is decoded once only.
 * What was kept stays: in shuffled epochs the share of hits is then the share of the set that fits, whereas dropping
 * the least recently used would drop nearly every sample shortly before its next use.
 */
export function cached(dataset: Dataset, budgetBytes: number): Dataset {
  const kept = new Map<number, Sample>();
  let free = budgetBytes;
  const { name, length, labels } = dataset;
  return {
    name,
    length,
    labels,
    async read(index) {
      const known = kept.get(index);
      if (known) return known;
      const sample = await dataset.read(index);
      const bytes = sizeOf(sample);
      if (bytes <= free && !kept.has(index)) {
        kept.set(index, sample);
        free -= bytes;
      }
      return sample;
    },
  };
}

const sizeOf = ({ image, labels }: Sample): number =>
  Object.values(labels).reduce((sum, label) => sum + label.data.byteLength, image.data.byteLength);
