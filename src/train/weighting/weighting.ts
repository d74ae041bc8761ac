/** How the losses of several tasks become one update. Losses come times their fixed factors, `train.lossWeights`. */
import type { Tensor } from '../../engine/index.js';
import type { Scope, Values } from '../../nn/scope.js';
import type { Random } from '../../random.js';
import type { Task } from '../../tasks/task.js';

/** The losses are added up. */
export interface Fixed {
  readonly form: 'fixed';
}

/** Weights that follow from variables of the step's graph, which are trained with the network. */
export interface Learned {
  readonly form: 'learned';
  /** The scalar that is descended. @param scope where variables are declared */
  total(losses: readonly TaskLoss[], scope: Scope): Tensor;
  /** The weights that the values of these variables mean, one a task. */
  weights(values: Values): number[];
}

export interface TaskLoss {
  readonly task: Task;
  /** Shape []; 0 where the batch has no label of the task. */
  readonly loss: Tensor;
  /**
   * Of an update of several batches: this batch's share of what is no sum over samples, or 0 where the whole update has
   * no label of the task. Shape [].
   */
  readonly present?: Tensor;
}

/** Weights that are chosen ahead of each update and fed to the graph, which descends the weighted sum. */
export interface Chosen {
  readonly form: 'chosen';
  /** What is remembered between updates: by slot, one number a task. */
  readonly state: Values;
  /** Whether `learn` wants to know the norms of the tasks' gradients. */
  readonly wantsNorms?: true;
  /**
   * Weights of an update, one a task.
   * @param random the stream of this update alone, so that a resumed run draws the same
   */
  choose(random: Random): number[];
  learn?(outcome: Outcome): void;
}

/** What an update brought, one number a task. */
export interface Outcome {
  /** Updates done before this one. */
  readonly step: number;
  /** 0 where no label of the task was seen. */
  readonly losses: readonly number[];
  /** Of the unweighted gradients by the weights of the last shared layers; left out where nothing is shared. */
  readonly norms?: readonly number[];
}

/** The tasks' gradients by the shared variables are taken apart and joined after the backward pass. */
export interface Joined {
  readonly form: 'joined';
  /**
   * The factor of each task's gradient in the joined one; equal gradients, and those that do not conflict, have 1.
   * @param gram scalar products of the tasks' gradients, none of them 0
   * @param random the stream of this update alone
   */
  join(gram: Matrix, random: Random): number[];
}

/** Rows of numbers. */
export type Matrix = readonly (readonly number[])[];

export type Weighting = Fixed | Learned | Chosen | Joined;
