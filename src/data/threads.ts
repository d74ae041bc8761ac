/** Worker threads that decode and augment samples. */
import { Worker } from 'node:worker_threads';
import { NddrError } from '../errors.js';
import type { WorkerOrder, WorkerReport } from './loader-worker.js';
import { openProducer } from './open-producer.js';
import { buffersOf, type Producer, type Product, type Production } from './produce.js';

/** A job whose result is awaited. */
interface Waiting {
  resolve(result: Product): void;
  reject(error: Error): void;
}

const errorOf = ({ error, stack }: { error: string; stack?: string }): Error =>
  stack === undefined
    ? new NddrError(error)
    : Object.assign(new Error(`the loader's worker thread failed: ${error}`), { stack });

/** Starts a worker thread. Its jobs fail where the thread fails or ends. */
function startThread(production: Production) {
  const worker = new Worker(new URL('./loader-worker.js', import.meta.url), { workerData: production });
  const waiting = new Map<number, Waiting>();
  let gone: Error | undefined;
  let opened: { resolve(jobs: number): void; reject(error: Error): void };
  const jobs = new Promise<number>((resolve, reject) => {
    opened = { resolve, reject };
  });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const fail = (error: Error) => {
    gone ??= error;
    opened.reject(error);
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
  };
  worker.on('error', (error) =>
    fail(new Error(`the loader's worker thread failed: ${String(error)}`, { cause: error })),
  );
  worker.on('exit', () => fail(new NddrError('the loader is closed')));
  worker.on('message', (report: WorkerReport) => {
    if ('jobs' in report) opened.resolve(report.jobs);
    else if (report.job === null) fail(errorOf(report as { error: string }));
    else {
      const one = waiting.get(report.job);
      waiting.delete(report.job);
      if ('result' in report) one?.resolve(report.result);
      else one?.reject(errorOf(report));
    }
  });
  return {
    jobs,
    produce(job: number, spare?: Product): Promise<Product> {
      if (gone) return Promise.reject(gone);
      return new Promise((resolve, reject) => {
        waiting.set(job, { resolve, reject });
        worker.postMessage({ job, spare } satisfies WorkerOrder, spare ? buffersOf(spare) : []);
      });
    },
    /** Lets the current job end, since the decoder uses memory of the thread, and drops the others. */
    async close() {
      worker.postMessage('close' satisfies WorkerOrder);
      await exited;
    },
  };
}

/**
 * Does jobs in worker threads, job j in thread j mod `threads`; with 0 threads in this thread.
 * @throws NddrError when the data set cannot be opened
 */
export async function openThreads(production: Production, threads: number): Promise<Producer<Product>> {
  if (threads === 0) return openProducer(production);
  const pool = Array.from({ length: threads }, () => startThread(production));
  const close = async () => {
    await Promise.all(pool.map((thread) => thread.close()));
  };
  const opened = await Promise.allSettled(pool.map((thread) => thread.jobs));
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed) {
    await close();
    throw failed.reason;
  }
  const jobs = (opened[0] as PromiseFulfilledResult<number>).value;
  return { jobs, produce: (job, spare) => pool[job % threads].produce(job, spare), close };
}
