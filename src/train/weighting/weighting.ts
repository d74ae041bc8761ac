/**
 * Loss weightings: how the losses of several tasks become one update. The losses that a weighting sees are multiplied
 * by their fixed factors (`train.lossWeights`) already.
 */
import type { Tensor } from '../../engine/index.js';
import { type Kind, kindsOf } from '../../kinds.js';
import type { Scope, Values } from '../../nn/scope.js';
import type { Random } from '../../random.js';
import type { Task } from '../../tasks/task.js';

/** Minimises the sum of the losses. */
export interface FixedWeighting {
  readonly form: 'fixed';
}

/** Weights that follow from variables of the step's graph, which are trained together with the network. */
export interface LearnedWeighting {
  readonly form: 'learned';
  /**
   * The scalar that training minimises in place of the sum of the losses, shape [].
   * @param scope where the weighting declares its variables
   */
  objective(losses: readonly TaskLoss[], scope: Scope): Tensor;
  /** The weight of each task's loss at the given values of the variables, in the order of the tasks. */
  weights(values: Values): number[];
}

export interface TaskLoss {
  readonly task: Task;
  /** Shape []; 0 where the batch has no label of the task. */
  readonly loss: Tensor;
  /**
   * Only in an update of several batches: the factor for terms of the objective that are no sum over samples, so that
   * the batches together count them once. 1 / batches, or 0 where no batch of the update has a label of the task.
   * Shape [].
   */
  readonly present?: Tensor;
}

/** Weights that the host computes before each update and feeds to the graph, which minimises the weighted sum. */
export interface AdaptiveWeighting {
  readonly form: 'adaptive';
  /** What is remembered between updates and kept in checkpoints: one number a task, by slot. */
  readonly state: Values;
  /** Set where `observe` needs the norms of the tasks' gradients. */
  readonly needsNorms?: true;
  /**
   * The weights of the next update, in the order of the tasks.
   * @param random a stream that belongs to this update, so that a resumed run draws the same numbers
   */
  nextWeights(random: Random): number[];
  /** Called after each update with what it found. */
  observe?(outcome: Outcome): void;
}

/** What an update found; lists are in the order of the tasks. */
export interface Outcome {
  /** Number of the update, from 0. */
  readonly update: number;
  /** Losses before weighting; 0 where no label of the task was seen. */
  readonly losses: readonly number[];
  /**
   * Euclidean norms of the gradients of the unweighted losses with respect to the weights of the last shared layers.
   * Missing where the tasks share no layer.
   */
  readonly norms?: readonly number[];
}

/** Combines the gradients of the single tasks with respect to the variables that tasks share. */
export interface GradientWeighting {
  readonly form: 'gradients';
  /**
   * The factors f of the combined gradient sum_t f_t g_t. All are 1 where the gradients are simply to be added.
   * @param gram scalar products g_i . g_j of the tasks' gradients; the diagonal is positive
   * @param random a stream that belongs to this update
   */
  combine(gram: Matrix, random: Random): number[];
}

/** Rows of numbers. */
export type Matrix = readonly (readonly number[])[];

export type Weighting = FixedWeighting | LearnedWeighting | AdaptiveWeighting | GradientWeighting;

/** What making a weighting takes: the tasks, in the order of all numbers that stand one for a task. */
type ForTasks = [tasks: readonly Task[]];

export type WeightingKind = Kind<Weighting, ForTasks>;

export const defineWeighting = kindsOf<Weighting, ForTasks>();
