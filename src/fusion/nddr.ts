/** Neural discriminative dimensionality reduction (NDDR-CNN, section 3). */
import * as z from 'zod';
import { concat } from '../engine/index.js';
import { mixture, xavierUniform } from '../nn/init.js';
import { convBatchNormRelu } from '../nn/layers.js';
import { defineFusion, type Fusion, gatherLast } from './fusion.js';
import { normedBlocks } from './mixed.js';
import { alpha, beta } from './mixing.js';
import { shortcutSettings, withShortcut } from './shortcut.js';
import { atStages, stages } from './stages.js';

const settings = z.strictObject({
  kind: z.literal('nddr'),
  ...shortcutSettings,
  stages,
  alpha,
  beta,
  init: z.enum(['mixture', 'xavier']).default('mixture').describe('First weights of the NDDR layers.'),
});

/**
 * After every stage the features of all tasks are concatenated along the channels and reduced again for each task by
 * its own 1x1 convolution, batch normalisation and ReLU.
 */
export const nddr = defineFusion(settings, ({ alpha, beta, init, stages, ...settings }) => {
  const fusion: Fusion = {
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
    ...gatherLast,
    shares: 'After a stage every task goes on with a 1x1 convolution of the features of all tasks.',
    fused({ layer, towers }, stage) {
      const at = layer(`nddr${stage}`);
      return {
        layer: at.path,
        stage,
        of: 'tasks',
        sources: towers,
        outputs: towers.map((tower) => {
          const channels = at.read(`${tower}.weight`).shape[0];
          const widths = towers.map(() => channels);
          return { name: tower, perRow: 1, blocks: normedBlocks(at, tower, widths) };
        }),
      };
    },
  };
  return withShortcut(atStages(fusion, stages), settings, 'fusion');
});
