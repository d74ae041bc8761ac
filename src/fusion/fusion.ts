import type { Tensor } from '../engine/index.js';
import type { Scope } from '../nn/scope.js';

export interface FusionContext {
  readonly scope: Scope;
  /** Names of the towers, in the order of the features. */
  readonly towers: readonly string[];
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
  /** What every tower's head sees: by default what the last stage left. @param stages every stage's fused features */
  gather(context: FusionContext, stages: readonly (readonly Tensor[])[]): readonly Tensor[];
}
