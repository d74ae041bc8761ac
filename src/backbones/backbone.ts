/** What a backbone is: a list of stages and a head, and how a kind of backbone is defined. */
import { concat, type ResizeRule, resizeLike, type Tensor } from '../engine/index.js';
import { type Kind, kindsOf } from '../kinds.js';
import type { Scope } from '../nn/scope.js';

/** A part of a network after which tasks may exchange features. */
export interface Stage {
  readonly name: string;
  /** Channels of what it yields. */
  readonly channels: number;
  /** Image pixels per pixel of what it yields. */
  readonly stride: number;
  /** x [N, C, H, W], the image for the first stage, the features of the stage before for the others. */
  build(scope: Scope, x: Tensor): Tensor;
}

/** A stage that yields features at several resolutions, the finest first; tasks exchange those of each by themselves. */
export interface BranchedStage {
  readonly name: string;
  /** Of each branch. */
  readonly channels: readonly number[];
  readonly stride: readonly number[];
  /** One [N, C, H, W] for every branch of the stage before, one for every branch of its own. */
  buildBranches(scope: Scope, x: readonly Tensor[]): readonly Tensor[];
}

/** A list of stages and the head it is usually given; any fusion works with any backbone. */
export interface Backbone {
  readonly name: string;
  readonly stages: readonly (Stage | BranchedStage)[];
  /** How branches are brought to one size; 'cells' by default. */
  readonly resize?: ResizeRule;
  /** Features of the last stage -> logits [N, channels, h, w] at its resolution. */
  head(scope: Scope, features: Tensor, channels: number): Tensor;
  /** The same for a question about the image as a whole -> [N, channels, 1, 1]; `pooledHead` where it is left out. */
  imageHead?(scope: Scope, features: Tensor, channels: number): Tensor;
}

export type BackboneKind = Kind<Backbone>;

export const defineBackbone = kindsOf<Backbone>();

/** Channels of every branch of a stage. */
export const widthsOf = ({ channels }: Stage | BranchedStage): readonly number[] => [channels].flat();

/** What the names of layers between towers end in, of a branch of a stage; nothing where it is the only one. */
export const branchSuffix = (branchCount: number, branch: number): string =>
  branchCount === 1 ? '' : `_${branch + 1}`;

/** Builds a stage of either form. @throws Error when the stage before has branches that this one does not take */
export function buildStage(stage: Stage | BranchedStage, scope: Scope, x: readonly Tensor[]): readonly Tensor[] {
  if ('buildBranches' in stage) return stage.buildBranches(scope, x);
  if (x.length > 1)
    throw new Error(`stage ${stage.name} takes one resolution, the stage before yields ${x.length}: use buildBranches`);
  return [stage.build(scope, x[0])];
}

/** All branches of a stage as one: enlarged to the finest and concatenated. -> [N, sum of channels, H, W] */
export const joinBranches = ([finest, ...coarser]: readonly Tensor[], rule?: ResizeRule): Tensor =>
  concat([finest, ...coarser.map((x) => resizeLike(x, finest, rule))], 1);

/** Channels of a published network under a width multiplier. */
export const scaled = (channels: number, width: number): number => Math.max(4, Math.round(channels * width));
