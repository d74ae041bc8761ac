/** The worker of a page that trains, so that the page stays responsive. */
import { type WebOrt, webRuntime } from '../engine/runtime/web.js';
import { NddrError, NotFiniteError } from '../errors.js';
import type { Order, Reply, Request, Said } from './messages.js';
import { runInPage } from './run.js';

/** What is used of a worker's global object. */
export interface WorkerScope {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

/**
 * Makes a worker train what `trainInWorker` orders, one run after the other. Call it once, in the worker's script, before
 * anything that waits.
 * @param ort the module onnxruntime-web, set up by the caller: see `WebOrt`
 */
export function serveTraining(scope: WorkerScope, ort: WebOrt): void {
  const stops = new Map<string, AbortController>();
  let before = Promise.resolve();
  scope.addEventListener('message', ({ data }) => {
    const request = data as Request;
    const { run } = request;
    if ('stop' in request) {
      stops.get(run)?.abort();
      return;
    }
    const stop = new AbortController();
    stops.set(run, stop);
    const say = (said: Said) => scope.postMessage({ run, ...said } satisfies Reply);
    before = before.then(() => trainFor(ort, request.start, stop.signal, say)).finally(() => stops.delete(run));
  });
}

async function trainFor(
  ort: WebOrt,
  { device = 'wasm', threads, ...order }: Order,
  signal: AbortSignal,
  say: (said: Said) => void,
): Promise<void> {
  try {
    const runtime = webRuntime({ ort, device, threads });
    for await (const event of runInPage({ ...order, runtime, signal })) say({ event });
    say({ ended: true });
  } catch (error) {
    if (!(error instanceof NddrError)) say({ error: String((error as Error)?.stack ?? error), kind: 'unknown' });
    else say({ error: error.message, kind: error instanceof NotFiniteError ? 'not finite' : 'known' });
  }
}
