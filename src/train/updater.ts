/** How the updates of a training are made: with weights on the host, or on a device. */
import type { StepFeeds } from './feeds.js';
import type { StepGraph } from './step-graph.js';
import type { ByTask } from './weigher.js';

/** One update. */
export interface UpdateRequest {
  /** Its number, from 0. */
  readonly update: number;
  /** Batches of the update. */
  readonly batches: number;
  /** The feeds of a batch, counted from 0; called twice for each batch where there are several. */
  readonly feedsOf: (batch: number) => StepFeeds;
  /** The weights that the graph is fed: `Weigher.weightsFor`. */
  readonly fed: ByTask;
  /** The base learning rate. */
  readonly rate: number;
  /** Throws the error for numbers that are not finite, once `values` are those that the update began with. */
  readonly fail: (failure: string, feeds: StepFeeds) => Promise<never>;
}

export interface UpdateResult {
  /** Before weighting, by task name. */
  readonly losses: ByTask;
  /** What each task's loss was divided by; 0 where there is no label. */
  readonly counts: ByTask;
  /** The factor of each task's loss, its fixed factor included. */
  readonly weights: ByTask;
}

/** Makes updates of the values, the optimizer's state and the average that a training was opened with. */
export interface Updater {
  readonly graph: StepGraph;
  apply(request: UpdateRequest): Promise<UpdateResult>;
  /** Brings values, state and average on the host up to date. */
  fetch(): Promise<void>;
  close(): Promise<void>;
}
