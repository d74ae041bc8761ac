/** Cross-stitch networks (Misra, Shrivastava, Gupta, Hebert, CVPR 2016). */
import * as z from 'zod';
import { addAll, mul, reshape, slice } from '../engine/index.js';
import { diagonal } from '../nn/init.js';
import { defineFusion, type Fusion, gatherLast } from './fusion.js';
import { alpha, beta } from './mixing.js';
import { shortcutSettings, withShortcut } from './shortcut.js';
import { atStages, stages } from './stages.js';

const settings = z.strictObject({
  kind: z.literal('cross-stitch'),
  ...shortcutSettings,
  stages,
  alpha,
  beta,
  perChannel: z
    .boolean()
    .default(true)
    .describe('Whether each channel has its own coefficient for each pair of tasks. Otherwise all channels share one.'),
});

/**
 * After every stage each task goes on with a weighted sum of all tasks' features, channel by channel:
 * y_i = sum over j of w_ij x_j. The coefficients [T, T, C] (or [T, T, 1]) are learned; they do not decay.
 */
export const crossStitch = defineFusion(settings, ({ alpha, beta, perChannel, stages, ...settings }) => {
  const fusion: Fusion = {
    name: 'cross-stitch',
    towers: (tasks) => tasks,
    fuse({ scope, towers }, features, stage) {
      const layer = scope.child(`stitch${stage}`).inGroup('fusion');
      const [n, channels] = [towers.length, perChannel ? features[0].shape[1] : 1];
      return layer.layer(() => {
        const weight = layer.variable('weight', [n, n, channels], 'mixing', diagonal(alpha, beta));
        const between = (i: number, j: number) => {
          const row = slice(weight, { axis: 0, start: i, end: i + 1 }, { axis: 1, start: j, end: j + 1 });
          return reshape(row, [1, channels, 1, 1]);
        };
        return towers.map((_, i) => addAll(features.map((x, j) => mul(x, between(i, j)))));
      });
    },
    ...gatherLast,
    shares: 'After a stage every task goes on with a weighted sum of the features of all tasks, channel by channel.',
    fused({ layer, towers, stageChannels }, stage) {
      const at = layer(`stitch${stage}`);
      const weight = at.read('weight');
      const [n, , rows] = weight.shape;
      const values = Float32Array.from(weight.values);
      const between = (i: number, j: number) => values.subarray((i * n + j) * rows, (i * n + j + 1) * rows);
      return {
        layer: at.path,
        stage,
        of: 'tasks',
        sources: towers,
        outputs: towers.map((name, i) => ({
          name,
          perRow: perChannel ? 1 : stageChannels[stage - 1],
          blocks: towers.map((_, j) => ({ rows, columns: 1, values: between(i, j) })),
        })),
      };
    },
  };
  return withShortcut(atStages(fusion, stages), settings, 'fusion');
});
