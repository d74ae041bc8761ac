// A worker thread of the loader: receives job numbers, answers with what it made, buffers moved and not copied.
import { parentPort, workerData } from 'node:worker_threads';
import { NddrError } from '../errors.js';
import type { Batch } from './batch.js';
import { type EvaluationSample, openProducer, type Production } from './produce.js';

/** What a worker tells: opened, or a job done or failed. */
export type WorkerReport =
  | { readonly jobs: number }
  | { readonly job: number; readonly result: Batch | EvaluationSample }
  | { readonly job: number | null; readonly error: string; readonly stack?: string };

const port = parentPort as NonNullable<typeof parentPort>;

const failure = (job: number | null, error: unknown): WorkerReport =>
  error instanceof NddrError
    ? { job, error: error.message }
    : { job, error: String(error), stack: error instanceof Error ? error.stack : undefined };

const buffersOf = (result: Batch | EvaluationSample): ArrayBuffer[] =>
  ('images' in result
    ? [result.images, ...Object.values(result.labels)]
    : [result.image, ...Object.values(result.labels).map((label) => label.data)]
  ).map((array) => array.buffer as ArrayBuffer);

try {
  const producer = await openProducer(workerData as Production);
  let before = Promise.resolve();
  let closed = false;
  const answer = async (job: number) => {
    if (closed) return;
    try {
      const result = await producer.produce(job);
      port.postMessage({ job, result } satisfies WorkerReport, buffersOf(result));
    } catch (error) {
      port.postMessage(failure(job, error));
    }
  };
  port.on('message', (job: number | 'close') => {
    if (job === 'close') {
      closed = true;
      port.close();
    } else {
      before = before.then(() => answer(job));
    }
  });
  port.postMessage({ jobs: producer.jobs } satisfies WorkerReport);
} catch (error) {
  port.postMessage(failure(null, error));
}
