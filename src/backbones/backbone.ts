import type { Tensor } from '../engine/index.js';
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

/** A list of stages and the head it is usually given; any fusion works with any backbone. */
export interface Backbone {
  readonly name: string;
  readonly stages: readonly Stage[];
  /** Features of the last stage -> logits [N, channels, h, w] at its resolution. */
  head(scope: Scope, features: Tensor, channels: number): Tensor;
  /** The same for a question about the image as a whole -> [N, channels, 1, 1]; `pooledHead` where it is left out. */
  imageHead?(scope: Scope, features: Tensor, channels: number): Tensor;
}
