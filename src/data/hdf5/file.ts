/** Reads HDF5 files, MATLAB 7.3 files among them, piece by piece: a file of many gigabytes takes little memory. */
import { open } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { NddrError } from '../../errors.js';
import { codeOf } from '../../files.js';
import type { Answers, DatasetInfo, Numbers, Reply, Request } from './protocol.js';

export type { DatasetInfo, DatasetType, Numbers } from './protocol.js';
export { LARGEST_SLAB } from './protocol.js';

/** An open file. Its methods are called one after the other. */
export interface Hdf5File {
  readonly path: string;
  /** What a data set is; undefined where there is none of this name. @throws NddrError where it is damaged */
  describe(name: string): Promise<DatasetInfo | undefined>;
  /**
   * The entries `from` to `to` (exclusive) of the first dimension of a data set.
   * @throws NddrError where they cannot be read, or are more than `LARGEST_SLAB` bytes
   */
  slab(name: string, from: number, to: number): Promise<Numbers>;
  /** The texts to which a cell array of texts refers. @throws NddrError where it does not */
  texts(name: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

const SIGNATURE = Buffer.from('894844460d0a1a0a', 'hex');
/** The library loops for ever on some damaged files; a piece takes seconds at most, on a slow disk some more. */
const LONGEST_ANSWER_MILLIS = 300_000;

/** Opens an HDF5 file in a thread of its own. @throws NddrError when it is missing, no HDF5 file or damaged */
export async function openHdf5(path: string): Promise<Hdf5File> {
  await expectSignature(path);
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: path });
  let waiting: { resolve(value: Answers[keyof Answers]): void; reject(error: Error): void } | undefined;
  let gone: Error | undefined;
  const fail = (error: Error) => {
    gone ??= error;
    waiting?.reject(error);
  };
  worker.on('error', (error) => fail(new Error(`the thread that reads ${path} failed`, { cause: error })));
  worker.on('exit', () => fail(new NddrError(`${path}: is closed`)));
  worker.on('message', (reply: Reply) => {
    if ('value' in reply) waiting?.resolve(reply.value);
    else waiting?.reject(new NddrError(reply.message));
  });
  const reply = (request?: Request): Promise<Answers[keyof Answers]> => {
    if (gone) return Promise.reject(gone);
    let timer: NodeJS.Timeout | undefined;
    return new Promise<Answers[keyof Answers]>((resolve, reject) => {
      waiting = { resolve, reject };
      timer = setTimeout(() => {
        fail(
          new NddrError(`${path}: cannot be read: no answer for ${LONGEST_ANSWER_MILLIS / 60_000} minutes; ${COPY}`),
        );
        void worker.terminate();
      }, LONGEST_ANSWER_MILLIS);
      if (request) worker.postMessage(request);
    }).finally(() => clearTimeout(timer));
  };
  const close = async () => {
    await worker.terminate();
  };
  try {
    await reply();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    path,
    describe: (name) => reply({ op: 'describe', name }) as Promise<DatasetInfo | undefined>,
    slab: (name, from, to) => reply({ op: 'slab', name, from, to }) as Promise<Numbers>,
    texts: (name) => reply({ op: 'texts', name }) as Promise<readonly string[]>,
    close,
  };
}

const COPY = 'copy or download it again';

/** MATLAB puts 512 bytes of text before the HDF5 file; in general these are 0 or a power of 2 from 512 on. */
async function expectSignature(path: string): Promise<void> {
  try {
    const file = await open(path, 'r');
    try {
      for (const at of [0, 512, 1024, 2048]) {
        const { buffer } = await file.read(Buffer.alloc(SIGNATURE.length), 0, SIGNATURE.length, at);
        if (buffer.equals(SIGNATURE)) return;
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new NddrError(`${path}: cannot be read (${codeOf(cause)}). Check the path.`, { cause });
  }
  throw new NddrError(`${path}: is no HDF5 (MATLAB 7.3) file: it has no signature of one; ${COPY}`);
}
