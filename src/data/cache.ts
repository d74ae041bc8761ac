import { NddrError } from '../errors.js';
import type { PackedDataset, Sample } from './dataset.js';
import type { PackedLabel } from './packed.js';
import { ALIGNMENT, partsOf, sampleAt, writeParts } from './sample-bytes.js';

/**
 * Memory for decoded samples that all worker threads share: a sample is decoded once, by whichever thread needs it
 * first. The system provides the pages only as they are written.
 */
export interface CacheMemory {
  readonly bytes: SharedArrayBuffer;
  /** int32 [samples]: EMPTY, WRITING while a thread writes the sample, or 1 + its offset in multiples of ALIGNMENT. */
  readonly places: Int32Array;
  /** int32 [1]: how much of `bytes` is in use, in multiples of ALIGNMENT. */
  readonly used: Int32Array;
}

const EMPTY = 0;
const WRITING = -1;

/** @throws NddrError when there is not as much memory */
export function cacheMemory(samples: number, budgetBytes: number): CacheMemory {
  const counters = (length: number) => new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
  try {
    return { bytes: new SharedArrayBuffer(Math.floor(budgetBytes)), places: counters(samples), used: counters(1) };
  } catch {
    const megabytes = Math.round(budgetBytes / 2 ** 20);
    throw new NddrError(
      `there is not enough memory for ${megabytes} MB of decoded samples; lower train.cacheMegabytes`,
    );
  }
}

/**
 * The same data set, which stores decoded samples in the memory until it is full. A stored sample is never dropped: the
 * share of hits is then the share of the data set that fits. To drop the least recently used sample instead would, in
 * shuffled epochs, drop nearly every sample shortly before its next use.
 */
export function cached(dataset: PackedDataset, { bytes, places, used }: CacheMemory): PackedDataset {
  /** Views of the stored samples that this thread has read before. */
  const views = new Map<number, Sample<PackedLabel>>();

  /** Stores a sample, unless the memory is full or another thread stores it. */
  function store(index: number, sample: Sample<PackedLabel>): void {
    if (Atomics.compareExchange(places, index, EMPTY, WRITING) !== EMPTY) return;
    const { parts, bytes: size } = partsOf(sample);
    const place = Atomics.add(used, 0, size / ALIGNMENT);
    const fits = place * ALIGNMENT + size <= bytes.byteLength;
    if (fits) writeParts(parts, bytes, place * ALIGNMENT);
    else Atomics.sub(used, 0, size / ALIGNMENT);
    Atomics.store(places, index, fits ? place + 1 : EMPTY);
  }

  return {
    ...dataset,
    async read(index) {
      const known = views.get(index);
      if (known) return known;
      const place = Atomics.load(places, index);
      if (place > EMPTY) {
        const sample = sampleAt(bytes, (place - 1) * ALIGNMENT);
        views.set(index, sample);
        return sample;
      }
      const sample = await dataset.read(index);
      store(index, sample);
      return sample;
    },
  };
}
