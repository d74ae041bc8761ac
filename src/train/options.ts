/** What a training is given: network, settings, data, and where it is kept. */
import type { Runtime } from '../engine/index.js';
import type { NetworkOptions } from '../network.js';
import type { Values, Variable } from '../nn/scope.js';
import type { EvaluationImage } from './evaluate.js';
import type { Choice } from './judging.js';
import type { OptimizerConfig, UpdateOptions } from './optimizers/index.js';
import type { ScheduleConfig } from './schedule.js';
import type { StartingWeights } from './start.js';
import type { LossAt } from './step-graph.js';
import type { ByTask } from './weigher.js';
import type { WeightingConfig } from './weighting/index.js';

export interface TrainingOptions {
  readonly network: NetworkOptions;
  readonly settings: TrainingSettings;
  readonly data: TrainingData;
  readonly runtime: Runtime;
  readonly store: Store;
  /** Weights to start from; variables that they lack get random first values. */
  readonly start?: StartingWeights;
  /** The checkpoint to continue from; `data` must begin with the first batch of its step. */
  readonly resume?: Resumption;
  /** Once aborted, the training saves after the current step and stops. */
  readonly signal?: AbortSignal;
}

export interface TrainingSettings extends UpdateOptions, Choice {
  /** Updates of the whole training. */
  readonly steps: number;
  /** Images a batch. */
  readonly batch: number;
  /** Batches an update; 1 by default. */
  readonly accumulate?: number;
  /** Size of the images of a batch, in pixels. */
  readonly height: number;
  readonly width: number;
  /** Base learning rate. */
  readonly rate: number;
  readonly schedule: ScheduleConfig;
  readonly optimizer: OptimizerConfig;
  /** Decay of the exponential moving average of the weights, between 0 and 1; no average by default. */
  readonly average?: number | null;
  readonly seed: number;
  /** Fixed factors of the losses by task name; 1 where none is given. */
  readonly lossWeights: ByTask;
  /** How the losses become one objective; their sum by default. */
  readonly weighting?: WeightingConfig;
  /** Where the losses of pixels are taken; at the head by default. */
  readonly lossAt?: LossAt;
  /** Steps from one evaluation to the next; 0: none, and the last weights are kept as the best. */
  readonly evaluateEvery: number;
  /** Evaluations in a row without a better score after which training ends; null or left out: it never ends early. */
  readonly patience?: number | null;
  /** Steps from one checkpoint to the next. */
  readonly checkpointEvery: number;
  /** Initialise the batch norms of the fusion layers as the identity on the first batch: see `calibrate.ts`. */
  readonly calibrate?: boolean;
}

/** The images and labels of one step, as `StepFeeds` describes them. */
export interface TrainingBatch {
  readonly images: Float32Array;
  readonly labels: Readonly<Record<string, Float32Array>>;
}

export interface TrainingData {
  /** The next batch. Its arrays may be reused once the update that it belongs to is done: `accumulate` calls later. */
  next(): Promise<TrainingBatch>;
  /** Samples of an epoch, where that is known. */
  readonly samples?: number;
  /** Milliseconds for which training has waited for `next` so far. */
  readonly waitedMillis: number;
  /** The images of one evaluation. */
  evaluation(): AsyncIterable<EvaluationImage>;
  /** Name of the split that `evaluation` reads, for messages. */
  readonly split?: string;
}

/**
 * Everything a run must save to continue with the same bits. The arrays are the live ones: write them before the next
 * step.
 */
export interface Snapshot {
  readonly step: number;
  readonly values: Values;
  /** State of optimizer, average and weighting, by slot and path or by slot alone. */
  readonly optimizer: Values;
  readonly variables: ReadonlyMap<string, Variable>;
  readonly progress: Progress;
}

/** A saved snapshot to continue from. */
export interface Resumption {
  readonly step: number;
  readonly values: Values;
  readonly optimizer: Values;
  /** Where it is left out, or was found by another score, the search for the best weights starts anew. */
  readonly progress?: Progress;
}

/** Where the search for the best weights stands. */
export interface Progress {
  readonly best: { readonly step: number; readonly score: number } | null;
  /** How scores were computed (`scoreIdentity`); scores that were computed otherwise cannot be compared. */
  readonly judgedBy: string;
  /** Evaluations since the best one. */
  readonly since: number;
  /** Whether the evaluation of the current step is still to be done. */
  readonly pending: boolean;
}

/** Where a run is kept. */
export interface Store {
  save(snapshot: Snapshot): Promise<void>;
  saveBest(snapshot: Snapshot): Promise<void>;
}
