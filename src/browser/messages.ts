/** What a page and the worker that trains for it say to each other. */
import type { WebDevice } from '../engine/runtime/web.js';
import type { ConfigInput } from '../experiments/config.js';
import type { PageFiles } from './files.js';
import type { PageEvent } from './run.js';

/** What a worker is to train. */
export interface Order {
  /** Starts a new run with this configuration, the same as in Node; its name is that of the run. */
  readonly config?: ConfigInput;
  /** Resumes the run of this name from its last checkpoint. */
  readonly resume?: string;
  /** Where graphs run; `wasm` by default. */
  readonly device?: WebDevice;
  /** Threads of `wasm`; by default all where the page is isolated, else 1. */
  readonly threads?: number;
  /** Files that the user gave, by their path below `data.root`. */
  readonly files?: PageFiles;
}

/** `run` tells the runs of a worker apart. `stop`: save after the current step and end. */
export type Request = { readonly run: string } & ({ readonly start: Order } | { readonly stop: true });

export type Reply = { readonly run: string } & Said;

export type Said =
  | { readonly event: PageEvent }
  | { readonly ended: true }
  | { readonly error: string; readonly kind: 'not finite' | 'known' | 'unknown' };
