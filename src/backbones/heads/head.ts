import type { BatchNormOptions } from '../../nn/layers.js';
import type { Backbone } from '../backbone.js';

/** Features of a last stage -> logits at its resolution. */
export type Head = Backbone['head'];

/** What a head must know of the network before it. */
export interface HeadSettings {
  /** Image pixels per pixel of the features. */
  readonly stride: number;
  /** Multiplies the head's channel counts. */
  readonly width: number;
  /** Probability with which dropout keeps a feature. */
  readonly keep: number;
  /** Batch normalisation of the network; null where it has none. */
  readonly norm: BatchNormOptions | null;
}

/** The dilation at a stride that reaches over a number of image pixels. */
export const dilationOver = (pixels: number, stride: number): number => Math.max(1, Math.round(pixels / stride));
