/** What the thread of the server and the thread of the model tell each other. */
import type { Wanted } from './wanted.js';

/** What a model says about itself. */
export interface ServedModel {
  readonly name: string;
  /** The step that its weights are of; null where that is unknown. */
  readonly step: number | null;
  readonly tasks: readonly ServedTask[];
}

/** Facts of a task, such as `classes` and `unit`: enough to interpret its answers. */
export interface ServedTask {
  readonly name: string;
  readonly kind: string;
  readonly level: 'pixel' | 'image';
  readonly legend: readonly { readonly label: string; readonly colour: readonly number[] }[];
  readonly [fact: string]: unknown;
}

/** An image to answer. */
export interface Job {
  /** The file of the image, encoded. */
  readonly bytes: Uint8Array;
  readonly wanted: Wanted;
  /** Milliseconds that it has waited. */
  readonly waited: number;
  /** One number of 32 bits: 1 once nobody waits for the answer any more. */
  readonly cancelled: SharedArrayBuffer;
}

/** To the model. The second ends the thread once it is idle. */
export type Request = { readonly job: Job } | 'close';

/** From the model. */
export type Message =
  | { readonly ready: ServedModel }
  /** The model cannot be opened. */
  | { readonly unopened: string; readonly known: boolean }
  /** The answer: a body of JSON. */
  | { readonly body: Uint8Array }
  | { readonly refused: { readonly status: 413 | 422; readonly message: string } }
  | { readonly cancelled: true }
  /** A fault of the program, with its stack. */
  | { readonly fault: string };
