/** Trains in a thread of its own. */
import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { NddrError, NotFiniteError } from '../errors.js';
import { holdRun, type RunEvent, type RunOptions } from './run.js';
import type { WorkerMessage, WorkerRequest } from './run-worker.js';

const ERRORS = { 'not finite': NotFiniteError, known: NddrError, unknown: Error };

/**
 * Runs `run` in a thread of its own. Once the signal is aborted, the thread saves after the current step and ends. If the
 * generator is left early, the thread ends at its next event without saving.
 * @throws what `run` throws
 */
export async function* runInThread({ signal, ...options }: RunOptions): AsyncGenerator<RunEvent> {
  // Locked in this thread, so that the lock is released however the other one ends.
  const lock = await holdRun(options);
  try {
    if (lock.note) yield { type: 'warning', message: lock.note };
    yield* eventsOfThread(options, signal);
  } finally {
    await lock.release();
  }
}

/** Starts the thread, and yields its events until it ends. */
async function* eventsOfThread(options: RunOptions, signal: AbortSignal | undefined): AsyncGenerator<RunEvent> {
  const worker = new Worker(new URL('./run-worker.js', import.meta.url), { workerData: options });
  const exited = new Promise<unknown>((resolve) => worker.once('exit', resolve));
  const tell = (request: WorkerRequest) => worker.postMessage(request);
  const stop = () => tell('stop');
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  try {
    for await (const [message] of on(worker, 'message', { close: ['exit'] }) as AsyncIterable<[WorkerMessage]>) {
      if ('event' in message) yield message.event;
      else if ('ended' in message) return;
      else throw new ERRORS[message.kind](message.error);
    }
    throw new NddrError('The training thread ended without a word; the system may have run out of memory.');
  } finally {
    signal?.removeEventListener('abort', stop);
    // Not `terminate()`: where the runtime is at work in the thread, that ends the whole process (onnxruntime 1.30).
    tell('leave');
    await exited;
  }
}
