/** Reads training batches and evaluation samples ahead of their use, in threads. */
import { NddrError } from '../errors.js';
import type { Batch, BatchSource } from './batch.js';
import { cacheMemory } from './cache.js';
import { openDataset } from './index.js';
import type { BatchConfig, EvaluationSample, Producer, Product, ReadConfig } from './produce.js';
import { openThreads } from './threads.js';

export interface LoaderOptions extends BatchConfig {
  /** The step whose batch comes first: 0, or the step from which a resumed run goes on. */
  readonly firstStep: number;
  /** Threads that decode and augment; 0 does it in this thread, when a batch is asked for. */
  readonly workers: number;
  /** Memory for decoded samples, all workers together. */
  readonly cacheBytes?: number;
  /** Whether `next` reuses the arrays of the batch before, which its reader must then not keep. */
  readonly recycle?: boolean;
}

export interface EvaluationOptions extends ReadConfig {
  readonly workers: number;
}

const DEFAULT_CACHE_BYTES = 512 * 2 ** 20;

/** Number of batches or samples made ahead: enough to bridge a slow decode, few enough to take little memory. */
const aheadOf = (workers: number): number => (workers === 0 ? 0 : workers + 2);

/**
 * Opens the endless sequence of training batches. The batch of a step is a function of the seed and the step alone,
 * whatever the number of workers and wherever the training began.
 * @throws NddrError when the data set cannot be opened or lacks a label that a task needs
 */
export async function openLoader(options: LoaderOptions): Promise<BatchSource> {
  const { firstStep, workers, cacheBytes = DEFAULT_CACHE_BYTES, recycle = false, ...config } = options;
  const { length } = await openDataset(config.data, config.split);
  const cache = cacheMemory(length, cacheBytes);
  const producer = await openThreads({ make: 'batches', config, cache }, workers);
  const nextInOrder = inOrder<Batch>(producer, firstStep, aheadOf(workers));
  let waitedMillis = 0;
  let closed = false;
  let last: Batch | undefined;
  return {
    get waitedMillis() {
      return waitedMillis;
    },
    async next() {
      if (closed) throw new NddrError('the loader is closed');
      const began = performance.now();
      try {
        const spare = last;
        last = undefined;
        const batch = await nextInOrder(spare);
        if (recycle) last = batch;
        return batch;
      } finally {
        waitedMillis += performance.now() - began;
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      await producer.close();
    },
  };
}

/**
 * Reads every sample of a split once, in order, at full size and without augmentation, a few ahead.
 * Ends its threads when the iteration ends, also early.
 * @throws NddrError, while iterating, when the data set or a sample cannot be read
 */
export async function* openEvaluation({ workers, ...config }: EvaluationOptions): AsyncGenerator<EvaluationSample> {
  const producer = await openThreads({ make: 'samples', config }, workers);
  try {
    const next = inOrder<EvaluationSample>(producer, 0, aheadOf(workers));
    for (let index = 0; index < producer.jobs; index++) yield await next();
  } finally {
    await producer.close();
  }
}

/**
 * Requests jobs from `first` on, `ahead` of them before their results are needed.
 * @returns a function that gives the next result; its argument is an old result whose arrays may be used again
 */
function inOrder<Result extends Product>(producer: Producer<Product>, first: number, ahead: number) {
  const requested: Promise<Result>[] = [];
  let job = first;
  const fill = (count: number, spare?: Result) => {
    for (; requested.length < count && job < producer.jobs; spare = undefined) {
      const result = producer.produce(job++, spare) as Promise<Result>;
      // An error is thrown when this result is awaited; until then it must not count as unhandled.
      result.catch(() => {});
      requested.push(result);
    }
  };
  fill(ahead);
  return (spare?: Result) => {
    fill(ahead + 1, spare);
    return requested.shift() as Promise<Result>;
  };
}
