/** The thread in which a run trains, so that the thread that started it stays responsive. */
import { parentPort, workerData } from 'node:worker_threads';
import { NddrError, NotFiniteError } from '../errors.js';
import type { RunEvent, RunOptions } from './run.js';
import { runLocked } from './run.js';

export type WorkerMessage =
  | { readonly event: RunEvent }
  | { readonly ended: true }
  | { readonly error: string; readonly kind: 'not finite' | 'known' | 'unknown' };

/** `stop`: save after the current step and end. `leave`: end at the next event, without saving. */
export type WorkerRequest = 'stop' | 'leave';

const post = (message: WorkerMessage) => parentPort?.postMessage(message);
const stop = new AbortController();
let left = false;
parentPort?.on('message', (request: WorkerRequest) => {
  if (request === 'stop') stop.abort();
  else left = true;
});
try {
  for await (const event of runLocked({ ...(workerData as RunOptions), signal: stop.signal })) {
    if (left) break;
    post({ event });
  }
  post({ ended: true });
} catch (error) {
  if (!(error instanceof NddrError)) post({ error: String((error as Error).stack ?? error), kind: 'unknown' });
  else post({ error: error.message, kind: error instanceof NotFiniteError ? 'not finite' : 'known' });
}
parentPort?.close();
