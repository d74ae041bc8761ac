/** What a fusion is: how the towers of several tasks exchange features, and what the heads see. */
import type { Tensor } from '../engine/index.js';
import { type Kind, kindsOf } from '../kinds.js';
import type { Scope } from '../nn/scope.js';
import type { Mixing, TrainedFusion } from './mixed.js';

export interface FusionContext {
  readonly scope: Scope;
  /** Names of the tasks. */
  readonly tasks: readonly string[];
  /** Names of the towers, in the order of the features. */
  readonly towers: readonly string[];
  /** How many stages the backbone has. */
  readonly stageCount: number;
}

/** How the networks of several tasks are joined. */
export interface Fusion {
  readonly name: string;
  /** Names of the networks that see the image: one a task, or one that all tasks share. */
  towers(tasks: readonly string[]): readonly string[];
  /**
   * What every tower goes on with after a stage.
   * @param features one [N, C, H, W] a tower
   * @param stage number of the stage, from 1
   */
  fuse(context: FusionContext, features: readonly Tensor[], stage: number): readonly Tensor[];
  /**
   * What every task's head sees, one [N, C, H, W] a task, C being the channels of the last stage.
   * @param stages every stage's fused features, one a tower
   */
  gather(context: FusionContext, stages: readonly (readonly Tensor[])[]): readonly Tensor[];
  /** What tasks share by design, in a sentence: it stands beside the numbers, or in their place. */
  readonly shares: string;
  /** What `fuse` mixes after a stage, read from trained weights; undefined where it mixes nothing. */
  fused(trained: TrainedFusion, stage: number): Mixing | undefined;
  /** What `gather` mixes, a layer each; none where every head sees the features of its tower as they are. */
  gathered(trained: TrainedFusion): readonly Mixing[];
}

export type FusionKind = Kind<Fusion>;

export const defineFusion = kindsOf<Fusion>();

/** What the last stage left, one a tower. */
export const last = (stages: readonly (readonly Tensor[])[]): readonly Tensor[] => stages[stages.length - 1];

/** Features of the towers to those of the tasks: the tower's own, or those of the one that all share. */
export const toTasks = ({ tasks, towers }: FusionContext, features: readonly Tensor[]): readonly Tensor[] =>
  tasks.map((task) => features[Math.max(towers.indexOf(task), 0)]);

/** Lets every task's head see what the last stage left. */
export const gatherLast: Pick<Fusion, 'gather' | 'gathered'> = {
  gather: (context, stages) => toTasks(context, last(stages)),
  gathered: () => [],
};

/** Lets every tower go on with its own features. */
export const fuseNothing: Pick<Fusion, 'fuse' | 'fused'> = {
  fuse: (_, features) => features,
  fused: () => undefined,
};
