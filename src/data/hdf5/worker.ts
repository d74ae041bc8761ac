// A thread that reads one HDF5 file.
import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { NddrError } from '../../errors.js';
import { type Datasets, openDatasets } from './datasets.js';
import { openConfined } from './library.js';
import type { Answers, Reply, Request } from './protocol.js';

const port = parentPort as NonNullable<typeof parentPort>;
const path = workerData as string;

function answer(datasets: Datasets, request: Request): Answers[keyof Answers] {
  if (request.op === 'describe') return datasets.describe(request.name);
  if (request.op === 'slab') return datasets.slab(request.name, request.from, request.to);
  return datasets.texts(request.name);
}

const failure = (error: unknown): Reply => {
  if (error instanceof NddrError) return { message: error.message };
  // The library's own errors come from damage that it stumbles upon.
  const reason = (error as Error).message?.split('\n')[0] || String(error);
  return { message: `${path}: the HDF5 file is cut short or damaged (${reason}); copy or download it again` };
};

const send = (reply: Reply) => {
  const value = 'value' in reply ? reply.value : undefined;
  port.postMessage(reply, ArrayBuffer.isView(value) ? [value.buffer as ArrayBuffer] : []);
};

try {
  const opened = await openConfined(path);
  const datasets = openDatasets(opened, path, statSync(path).size);
  port.on('message', (request: Request) => {
    try {
      send({ value: answer(datasets, request) });
    } catch (error) {
      send(failure(error));
    }
  });
  send({ value: undefined });
} catch (error) {
  send(failure(error));
}
