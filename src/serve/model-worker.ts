/** The thread of the model: a run of the network occupies its thread, and the server must answer meanwhile. */
import { parentPort, workerData } from 'node:worker_threads';
import { NddrError } from '../errors.js';
import { openModel } from '../experiments/model.js';
import { aboutBody, answerJob, Cancelled, type Open, TooLarge } from './answer.js';
import { type Message, type Request, servedModel } from './messages.js';
import type { ServedModelOptions } from './settings.js';

const port = parentPort;
if (!port) throw new Error('model-worker.js is the file of a thread');
const options = workerData as ServedModelOptions;

const post = (message: Message) =>
  port.postMessage(message, 'body' in message ? [message.body.buffer as ArrayBuffer] : []);

async function messageOf(open: Open, request: Exclude<Request, 'close'>): Promise<Message> {
  try {
    const text = await answerJob(open, request.job, options);
    // Encoded into memory of its own, which can be handed over; a Buffer's may be a part of a pool.
    return { body: new TextEncoder().encode(text) };
  } catch (error) {
    if (error instanceof Cancelled) return { cancelled: true };
    if (error instanceof TooLarge) return { refused: { status: 413, message: error.message } };
    if (error instanceof NddrError) return { refused: { status: 422, message: aboutBody(error.message) } };
    return { fault: String((error as Error).stack ?? error) };
  }
}

try {
  const { path, ...how } = options;
  const { predictor, facts } = await openModel(path, how);
  const open = { network: predictor, model: servedModel(facts, path) };
  port.on('message', async (request: Request) => {
    if (request !== 'close') return post(await messageOf(open, request));
    await predictor.close();
    port.close();
  });
  post({ ready: open.model });
} catch (error) {
  const known = error instanceof NddrError;
  post({ unopened: known ? error.message : String((error as Error).stack ?? error), known });
  port.close();
}
