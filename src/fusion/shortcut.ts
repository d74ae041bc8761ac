/** The shortcut of NDDR-CNN (section 3.4): heads see the features of every stage. */
import { z } from 'zod';
import { concat, resizeLike } from '../engine/index.js';
import { convBatchNormRelu } from '../nn/layers.js';
import type { Group } from '../nn/scope.js';
import { type Fusion, last, toTasks } from './fusion.js';

export const shortcut = z.boolean().default(false).describe('Let the heads see the features of every stage.');

/**
 * The same fusion with a shortcut, if it is `wanted`: the features of all stages, resized to the last one's size and
 * concatenated, are reduced to the last stage's channels by a 1x1 convolution, batch normalisation and ReLU.
 * @param group a shortcut between networks that exchange features is a fusion layer and follows its learning rate
 */
export function withShortcut(fusion: Fusion, wanted: boolean, group: Group): Fusion {
  if (!wanted) return fusion;
  return {
    ...fusion,
    name: `${fusion.name} with shortcut`,
    gather(context, stages) {
      const layer = context.scope.child('shortcut').inGroup(group);
      const reduced = context.towers.map((tower, index) => {
        const goal = last(stages)[index];
        const all = layer.layer(() =>
          concat(
            stages.map((features) => resizeLike(features[index], goal)),
            1,
          ),
        );
        return convBatchNormRelu(layer.child(tower), all, { channels: goal.shape[1], kernel: 1 });
      });
      return toTasks(context, reduced);
    },
  };
}
