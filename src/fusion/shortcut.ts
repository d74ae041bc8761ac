/** The shortcut of NDDR-CNN (section 3.4): heads see the features of every stage. */
import { concat, resizeLike, type Tensor } from '../engine/index.js';
import { convBatchNormRelu } from '../nn/layers.js';
import type { Group } from '../nn/scope.js';
import type { Fusion } from './fusion.js';

export const last = (stages: readonly (readonly Tensor[])[]): readonly Tensor[] => stages[stages.length - 1];

/**
 * The same fusion with a shortcut: the features of all stages, resized to the last one's size and concatenated, are
 * reduced to the last stage's channels by a 1x1 convolution, batch normalisation and ReLU.
 */
export function withShortcut(fusion: Fusion, group: Group): Fusion {
  return {
    ...fusion,
    name: `${fusion.name} with shortcut`,
    gather({ scope, towers }, stages) {
      const layer = scope.child('shortcut').inGroup(group);
      return towers.map((tower, index) => {
        const goal = last(stages)[index];
        const all = layer.layer(() =>
          concat(
            stages.map((features) => resizeLike(features[index], goal)),
            1,
          ),
        );
        return convBatchNormRelu(layer.child(tower), all, { channels: goal.shape[1], kernel: 1 });
      });
    },
  };
}
