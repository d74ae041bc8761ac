import { NddrError } from '../errors.js';
import type { PackedDataset, Sample } from './dataset.js';
import type { PackedLabel } from './packed.js';
import { ALIGNMENT, partsOf, sampleAt, writeParts } from './sample-bytes.js';

/**
 * Memory for decoded samples, shared by all worker threads: a sample is decoded once, whichever thread meets it.
 * The system hands out the pages only as they are written.
 */
export interface CacheMemory {
  readonly bytes: SharedArrayBuffer;
  /** int32 [samples]: EMPTY, or WRITING while a thread is at it, or where the sample lies: multiples of ALIGNMENT, +1. */
  readonly places: Int32Array;
  /** int32 [1]: how much is taken, in multiples of ALIGNMENT. */
  readonly taken: Int32Array;
}

const EMPTY = 0;
const WRITING = -1;

/** @throws NddrError when there is not as much memory */
export function cacheMemory(samples: number, budgetBytes: number): CacheMemory {
  const counters = (length: number) => new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
  try {
    return { bytes: new SharedArrayBuffer(Math.floor(budgetBytes)), places: counters(samples), taken: counters(1) };
  } catch {
    const megabytes = Math.round(budgetBytes / 2 ** 20);
    throw new NddrError(`there is no room for ${megabytes} MB of decoded samples; lower train.cacheMegabytes`);
  }
}

/**
 * The same data set, with decoded samples kept up to the budget. What was kept stays: in shuffled epochs the share of
 * hits is then the share of the set that fits, whereas dropping the least recently used would drop nearly every sample
 * shortly before its next use.
 */
export function cached(dataset: PackedDataset, { bytes, places, taken }: CacheMemory): PackedDataset {
  /** The samples that this thread has looked up before. */
  const found = new Map<number, Sample<PackedLabel>>();

  function keep(index: number, sample: Sample<PackedLabel>): void {
    if (Atomics.compareExchange(places, index, EMPTY, WRITING) !== EMPTY) return;
    const { parts, bytes: size } = partsOf(sample);
    const place = Atomics.add(taken, 0, size / ALIGNMENT);
    const fits = place * ALIGNMENT + size <= bytes.byteLength;
    if (fits) writeParts(parts, bytes, place * ALIGNMENT);
    else Atomics.sub(taken, 0, size / ALIGNMENT);
    Atomics.store(places, index, fits ? place + 1 : EMPTY);
  }

  return {
    ...dataset,
    async read(index) {
      const known = found.get(index);
      if (known) return known;
      const place = Atomics.load(places, index);
      if (place > EMPTY) {
        const sample = sampleAt(bytes, (place - 1) * ALIGNMENT);
        found.set(index, sample);
        return sample;
      }
      const sample = await dataset.read(index);
      keep(index, sample);
      return sample;
    },
  };
}
