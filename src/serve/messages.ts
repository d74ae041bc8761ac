/** What the thread of the server and the thread of the model tell each other. */
import { basename } from 'node:path';
import type { ModelFacts, TaskFacts } from '../train/model-facts.js';
import type { Wanted } from './wanted.js';

/** What a model says about itself. */
export interface ServedModel {
  readonly name: string;
  /** The step that its weights are of; null where that is unknown. */
  readonly step: number | null;
  readonly tasks: readonly ServedTask[];
}

/**
 * Facts of a task, such as `classes` and `unit`: enough to interpret its answers. Its settings are left out, and what a model
 * file calls its `answer` is here `numbers`: what `maps=array` holds, while maps are indices, millimetres or per cent.
 */
export type ServedTask = TaskFacts;

/** @param path of the model, by whose name it goes where it does not tell that of its run */
export const servedModel = ({ origin, tasks }: ModelFacts, path: string): ServedModel => ({
  name: origin?.run ?? basename(path),
  step: origin?.step ?? null,
  tasks: tasks.map(({ settings: _, answer, ...task }) => ({ ...task, numbers: answer })),
});

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
