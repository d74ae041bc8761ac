/** What a fusion is: how the towers of several tasks exchange features, and what the heads see. */
import type { z } from 'zod';
import type { Tensor } from '../engine/index.js';
import type { Scope } from '../nn/scope.js';

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
}

/** A kind of fusion: the settings it takes, `kind` among them, and how it is made from them. */
export interface FusionKind<S extends z.ZodObject = z.ZodObject> {
  readonly settings: S;
  create(settings: z.output<S>): Fusion;
}

export const defineFusion = <S extends z.ZodObject>(
  settings: S,
  create: (settings: z.output<S>) => Fusion,
): FusionKind<S> => ({ settings, create });

/** What the last stage left, one a tower. */
export const last = (stages: readonly (readonly Tensor[])[]): readonly Tensor[] => stages[stages.length - 1];

/** Features of the towers to those of the tasks: the tower's own, or those of the one that all share. */
export const toTasks = ({ tasks, towers }: FusionContext, features: readonly Tensor[]): readonly Tensor[] =>
  tasks.map((task) => features[Math.max(towers.indexOf(task), 0)]);

/** Lets every task's head see what the last stage left. */
export const gatherLast: Fusion['gather'] = (context, stages) => toTasks(context, last(stages));
