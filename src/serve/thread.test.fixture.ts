/**
 * A thread in place of a model's: it takes as long as it is told to, and no network. Its path is the milliseconds of an
 * answer. The task that is asked for says what becomes of the image: `echo` is answered, `fault` and `death` are not.
 */
import { setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { Message, Request, ServedTask } from './messages.js';
import type { ServedModelOptions } from './settings.js';

const port = parentPort;
if (!port) throw new Error('this is the file of a thread');
const post = (message: Message) => port.postMessage(message);
const millis = Number((workerData as ServedModelOptions).path);

const taskOf = (name: string): ServedTask => ({ name, kind: 'echo', level: 'image', channels: 1, legend: [] });

async function take(request: Request): Promise<void> {
  if (request === 'close') return port?.close();
  const { bytes, wanted, cancelled } = request.job;
  const [task] = wanted.tasks;
  await setTimeout(millis);
  if (Atomics.load(new Int32Array(cancelled), 0) === 1) return post({ cancelled: true });
  if (task === 'fault') return post({ fault: 'Error: a planted fault\n    at somewhere' });
  if (task === 'death') return process.exit(7);
  post({ body: new TextEncoder().encode(JSON.stringify({ bytes: bytes.length })) });
}

if (Number.isNaN(millis)) post({ unopened: 'there is no such model', known: true });
else {
  port.on('message', take);
  post({ ready: { name: 'echo', step: 7, tasks: ['echo', 'fault', 'death'].map(taskOf) } });
}
