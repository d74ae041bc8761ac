/** The thread in which a run trains, so that the one that started it stays alive. */
import { parentPort, workerData } from 'node:worker_threads';
import { NddrError } from '../errors.js';
import type { RunEvent, RunOptions } from './run.js';
import { run } from './run.js';

export type WorkerMessage =
  | { readonly event: RunEvent }
  | { readonly ended: true }
  | { readonly error: string; readonly known: boolean };

const post = (message: WorkerMessage) => parentPort?.postMessage(message);
const stop = new AbortController();
parentPort?.on('message', () => stop.abort());
try {
  for await (const event of run({ ...(workerData as RunOptions), signal: stop.signal })) post({ event });
  post({ ended: true });
} catch (error) {
  const known = error instanceof NddrError;
  post({ error: known ? error.message : String((error as Error).stack ?? error), known });
}
parentPort?.close();
