/** Holds the thread of the model: opens it, gives it images one at a time, opens it again where it died. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { NddrError } from '../errors.js';
import { Refusal } from '../http/refusal.js';
import type { Job, Message, Request, ServedModel } from './messages.js';
import type { ServedModelOptions } from './settings.js';

const WORKER = new URL('./model-worker.js', import.meta.url);

/** The model, in a thread of its own. */
export class ModelThread {
  private worker: Promise<Worker> | undefined;

  private constructor(
    private readonly options: ServedModelOptions,
    private readonly log: (line: string) => void,
    private readonly file: URL,
  ) {}

  /**
   * Opens the model.
   * @param log takes lines about faults
   * @param file of the thread
   * @throws NddrError when there is no such model
   */
  static async open(
    options: ServedModelOptions,
    log: (line: string) => void,
    file: URL = WORKER,
  ): Promise<{ readonly thread: ModelThread; readonly model: ServedModel }> {
    const thread = new ModelThread(options, log, file);
    const { worker, model } = await thread.start();
    thread.worker = Promise.resolve(worker);
    return { thread, model };
  }

  /**
   * Answers an image. Only one may be under way.
   * @returns a body of JSON; undefined where the job was cancelled
   * @throws Refusal when the image cannot be answered
   */
  async answer(job: Job): Promise<Uint8Array<ArrayBuffer> | undefined> {
    let message: Message;
    try {
      // Where the thread died with an earlier image, a new one is started.
      this.worker ??= this.start().then(({ worker }) => worker);
      const worker = await this.worker;
      message = await next(worker, { job });
    } catch (error) {
      this.worker = undefined;
      this.log(`error: ${(error as Error).message}`);
      throw new Refusal(
        500,
        'The thread of the model ended with this image: perhaps the memory was full. Reduce the image; the server goes on.',
      );
    }
    if ('body' in message) return message.body as Uint8Array<ArrayBuffer>;
    if ('cancelled' in message) return undefined;
    if ('refused' in message) throw new Refusal(message.refused.status, message.refused.message);
    this.log(`error: an image could not be answered: ${'fault' in message ? message.fault : JSON.stringify(message)}`);
    throw new Refusal(500, 'The image could not be answered: a fault of the server, which its log describes.');
  }

  /** Ends the thread once it is idle. */
  async close(): Promise<void> {
    const worker = await this.worker?.catch(() => undefined);
    this.worker = undefined;
    if (!worker) return;
    const exited = once(worker, 'exit');
    // Not `terminate()`: where the runtime is at work in the thread, that ends the whole process (onnxruntime 1.30).
    worker.postMessage('close' satisfies Request);
    await exited;
  }

  private async start(): Promise<{ worker: Worker; model: ServedModel }> {
    const worker = new Worker(this.file, { workerData: this.options });
    const message = await next(worker);
    if ('ready' in message) {
      worker.on('error', () => {
        // Told by `next` where an image is under way; without a listener it would end the process.
      });
      worker.once('exit', () => {
        this.worker = undefined;
      });
      return { worker, model: message.ready };
    }
    const reason = 'unopened' in message ? message.unopened : JSON.stringify(message);
    throw 'known' in message && message.known ? new NddrError(reason) : new Error(reason);
  }
}

/** The next message of a thread. @throws Error when the thread ends instead */
function next(worker: Worker, request?: Request): Promise<Message> {
  return new Promise((resolve, reject) => {
    const listeners = {
      message: (message: Message) => settle(() => resolve(message)),
      error: (error: Error) => settle(() => reject(new Error(`the thread of the model failed: ${error.message}`))),
      exit: (code: number) => settle(() => reject(new Error(`the thread of the model ended with code ${code}`))),
    };
    const settle = (then: () => void) => {
      for (const [name, listener] of Object.entries(listeners)) worker.off(name, listener);
      then();
    };
    for (const [name, listener] of Object.entries(listeners)) worker.on(name, listener);
    if (request) worker.postMessage(request);
  });
}
