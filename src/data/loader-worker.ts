// A worker thread of the loader: receives numbers of jobs and answers with their results, whose buffers are moved, not
// copied.
import { parentPort, workerData } from 'node:worker_threads';
import { NddrError } from '../errors.js';
import { openProducer } from './open-producer.js';
import { buffersOf, type Product, type Production } from './produce.js';

/**
 * A message from a worker: it has opened the data set, or a job is done or has failed; `job` is null where opening
 * failed.
 */
export type WorkerReport =
  | { readonly jobs: number }
  | { readonly job: number; readonly result: Product }
  | { readonly job: number | null; readonly error: string; readonly stack?: string };

/** A message to a worker: a job, with an old result whose memory may be used again; or the order to close. */
export type WorkerOrder = { readonly job: number; readonly spare?: Product } | 'close';

const port = parentPort as NonNullable<typeof parentPort>;

const failure = (job: number | null, error: unknown): WorkerReport =>
  error instanceof NddrError
    ? { job, error: error.message }
    : { job, error: String(error), stack: error instanceof Error ? error.stack : undefined };

try {
  const producer = await openProducer(workerData as Production);
  let before = Promise.resolve();
  let closed = false;
  const answer = async (job: number, spare?: Product) => {
    if (closed) return;
    try {
      const result = await producer.produce(job, spare);
      port.postMessage({ job, result } satisfies WorkerReport, buffersOf(result));
    } catch (error) {
      port.postMessage(failure(job, error));
    }
  };
  port.on('message', (order: WorkerOrder) => {
    if (order === 'close') {
      closed = true;
      port.close();
    } else {
      before = before.then(() => answer(order.job, order.spare));
    }
  });
  port.postMessage({ jobs: producer.jobs } satisfies WorkerReport);
} catch (error) {
  port.postMessage(failure(null, error));
}
