/** The worker of a page that trains, so that the page stays responsive. */
import { type WebOrt, webRuntime } from '../engine/runtime/web.js';
import { NddrError, NotFiniteError } from '../errors.js';
import type { Reply, Request } from './messages.js';
import { runInPage } from './run.js';

/** What is used of a worker's global object. */
export interface WorkerScope {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

/**
 * Makes a worker train what `trainInWorker` orders, one run at a time. Call it once, in the worker's script.
 * @param ort the module onnxruntime-web, set up by the caller: see `WebOrt`
 */
export function serveTraining(scope: WorkerScope, ort: WebOrt): void {
  let stop: AbortController | undefined;
  scope.addEventListener('message', ({ data }) => {
    const request = data as Request;
    if (request === 'stop') stop?.abort();
    else {
      stop = new AbortController();
      void trainFor(scope, ort, request.start, stop.signal);
    }
  });
}

async function trainFor(
  scope: WorkerScope,
  ort: WebOrt,
  order: Extract<Request, object>['start'],
  signal: AbortSignal,
): Promise<void> {
  const post = (reply: Reply) => scope.postMessage(reply);
  try {
    const { device = 'wasm', threads, ...rest } = order;
    const runtime = webRuntime({ ort, device, threads });
    for await (const event of runInPage({ ...rest, runtime, signal })) post({ event });
    post({ ended: true });
  } catch (error) {
    if (!(error instanceof NddrError)) post({ error: String((error as Error)?.stack ?? error), kind: 'unknown' });
    else post({ error: error.message, kind: error instanceof NotFiniteError ? 'not finite' : 'known' });
  }
}
