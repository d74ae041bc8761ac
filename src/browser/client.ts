/** Orders a worker to train, and passes its events on. */
import { NddrError, NotFiniteError } from '../errors.js';
import type { Order, Reply, Request, Said } from './messages.js';
import type { PageEvent } from './run.js';

const ERRORS = { 'not finite': NotFiniteError, known: NddrError, unknown: Error };

export interface TrainOptions extends Order {
  /** Once aborted, the run saves after the current step and stops. */
  readonly signal?: AbortSignal;
}

/**
 * Trains in a worker whose script calls `serveTraining`, and yields what happens. If the generator is
 * left early, the run is stopped as by the signal.
 * @throws what `runInPage` throws
 */
export async function* trainInWorker(worker: Worker, { signal, ...order }: TrainOptions): AsyncGenerator<PageEvent> {
  const run = crypto.randomUUID();
  const replies: Said[] = [];
  let wake = () => {};
  const take = (said: Said) => {
    replies.push(said);
    wake();
  };
  const onMessage = ({ data }: MessageEvent) => {
    if ((data as Reply).run === run) take(data as Reply);
  };
  const onError = (event: ErrorEvent) =>
    take({ error: `The worker failed: ${event.message ?? 'its script cannot be loaded'}`, kind: 'unknown' });
  const tell = (request: Request) => worker.postMessage(request);
  const stop = () => tell({ run, stop: true });
  worker.addEventListener('message', onMessage);
  worker.addEventListener('error', onError);
  signal?.addEventListener('abort', stop);
  let ended = false;
  try {
    tell({ run, start: order });
    if (signal?.aborted) stop();
    for (;;) {
      const reply = replies.shift();
      if (!reply) await new Promise<void>((resolve) => (wake = resolve));
      else if ('event' in reply) yield reply.event;
      else {
        ended = true;
        if ('ended' in reply) return;
        throw new ERRORS[reply.kind](reply.error);
      }
    }
  } finally {
    if (!ended) stop();
    signal?.removeEventListener('abort', stop);
    worker.removeEventListener('message', onMessage);
    worker.removeEventListener('error', onError);
  }
}
