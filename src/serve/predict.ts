/** `POST /predict`: from a request to its answer. */

import { Refusal } from '../http/refusal.js';
import { several } from '../words.js';
import { expectImage, imageIn } from './body.js';
import type { ServedModel } from './messages.js';
import type { Metrics } from './metrics.js';
import type { ModelThread } from './model-thread.js';
import type { Queue } from './queue.js';
import type { ServeLimits } from './settings.js';
import { type Wanted, wantedIn } from './wanted.js';

export interface Answerer {
  readonly thread: Pick<ModelThread, 'answer'>;
  readonly model: ServedModel;
  readonly queue: Queue;
  readonly metrics: Metrics;
  readonly limits: ServeLimits;
  /** Aborted when the server has to end and waits no longer. */
  readonly halt: AbortSignal;
}

/** Why nobody waits for an answer any more. */
type Ending = 'late' | 'client left' | 'halt';

/**
 * Answers a request.
 * @returns a body of JSON
 * @throws Refusal with the status and the reason
 */
export async function predict(request: Request, answerer: Answerer): Promise<Uint8Array<ArrayBuffer>> {
  const { queue, model, limits } = answerer;
  const wanted = wantedIn(
    new URL(request.url).searchParams,
    model.tasks.map(({ name }) => name),
  );
  const leave = queue.enter();
  let bytes: Uint8Array;
  try {
    bytes = await imageIn(request, limits);
    await expectImage(bytes, limits);
  } catch (error) {
    leave();
    throw error;
  }
  return inTurn({ bytes, wanted, leave, left: request.signal }, answerer);
}

interface Received {
  readonly bytes: Uint8Array;
  readonly wanted: Wanted;
  /** Gives the place in the queue back. */
  readonly leave: () => void;
  /** Aborted when the client leaves. */
  readonly left: AbortSignal;
}

async function inTurn({ bytes, wanted, leave, left }: Received, answerer: Answerer) {
  const { queue, thread, metrics, limits, halt } = answerer;
  const received = performance.now();
  const stop = new AbortController();
  const end = (ending: Ending) => () => stop.abort(ending);
  const [onLeft, onHalt] = [end('client left'), end('halt')];
  const timer = setTimeout(end('late'), 1000 * limits.answerSeconds);
  left.addEventListener('abort', onLeft);
  halt.addEventListener('abort', onHalt);
  if (left.aborted) onLeft();
  try {
    const endTurn = await queue.turn(stop.signal).catch((ending: Ending) => {
      leave();
      throw refusalOf(ending, 'waiting', answerer);
    });
    const cancelled = new SharedArrayBuffer(4);
    stop.signal.addEventListener('abort', () => Atomics.store(new Int32Array(cancelled), 0, 1));
    const began = performance.now();
    // The turn ends when the thread is free again, also where nobody waits for the answer any more.
    const answering = thread.answer({ bytes, wanted, waited: began - received, cancelled }).then(
      (answer) => {
        metrics.image(bytes.length, (performance.now() - began) / 1000, answer?.length);
        return answer;
      },
      (error: unknown) => {
        metrics.image(bytes.length, (performance.now() - began) / 1000, undefined);
        throw error;
      },
    );
    const finished = answering.finally(() => {
      endTurn();
      leave();
    });
    const answer = await Promise.race([finished, ended(stop.signal)]);
    if (answer) return answer;
    throw refusalOf(stop.signal.reason as Ending, 'answering', answerer);
  } finally {
    clearTimeout(timer);
    left.removeEventListener('abort', onLeft);
    halt.removeEventListener('abort', onHalt);
  }
}

const ended = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined));
  });

function refusalOf(ending: Ending, when: 'waiting' | 'answering', { limits, queue }: Answerer): Refusal {
  const seconds = `${limits.answerSeconds} seconds (--timeout of the server)`;
  if (ending === 'late' && when === 'waiting')
    return new Refusal(
      503,
      `The image had no turn within ${seconds}. Try again in ${several(queue.waitSeconds, 'second')}.`,
      {
        'Retry-After': String(queue.waitSeconds),
      },
    );
  if (ending === 'late')
    return new Refusal(504, `The image was not answered within ${seconds}. Reduce it, or ask for fewer tasks.`);
  if (ending === 'halt') return new Refusal(503, 'The server stops. Try again when it runs.', { Connection: 'close' });
  // Nobody reads this.
  return new Refusal(408, 'The client left.');
}
