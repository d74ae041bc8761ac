/** Neural discriminative dimensionality reduction (NDDR-CNN, section 3). */
import { concat } from '../engine/index.js';
import { mixture, xavierUniform } from '../nn/init.js';
import { convBatchNormRelu } from '../nn/layers.js';
import type { Fusion } from './fusion.js';
import { last } from './shortcut.js';

export interface NddrOptions {
  /** First weight of a task's own features. */
  readonly alpha?: number;
  /** First weight of the other tasks' features, shared equally among them. */
  readonly beta?: number;
  readonly init?: 'mixture' | 'xavier';
}

/**
 * After every stage the features of all tasks are concatenated along the channels and reduced again for each task by
 * its own 1x1 convolution, batch normalisation and ReLU.
 */
export function nddr({ alpha = 0.9, beta = 0.1, init = 'mixture' }: NddrOptions = {}): Fusion {
  return {
    name: 'nddr',
    towers: (tasks) => tasks,
    fuse({ scope, towers }, features, stage) {
      const layer = scope.child(`nddr${stage}`).inGroup('fusion');
      const all = layer.layer(() => concat(features, 1)); // T x [N,C,H,W] -> [N,T*C,H,W]
      return towers.map((tower, index) =>
        convBatchNormRelu(layer.child(tower), all, {
          channels: features[index].shape[1],
          kernel: 1,
          initializer: init === 'xavier' ? xavierUniform : mixture(index, alpha, beta),
        }),
      );
    },
    gather: (_, stages) => last(stages),
  };
}
