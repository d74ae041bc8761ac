/** Multi-task attention network (Liu, Johns, Davison, CVPR 2019). */
import * as z from 'zod';
import { concat, mul, resizeLike, sigmoid, slice, type Tensor } from '../engine/index.js';
import { convBatchNorm, convBatchNormRelu } from '../nn/layers.js';
import type { Scope } from '../nn/scope.js';
import { defineFusion, type Fusion, fuseNothing } from './fusion.js';
import { normedBlocks } from './mixed.js';

const settings = z.strictObject({
  kind: z.literal('mtan'),
  reduction: z
    .int()
    .min(1)
    .default(1)
    .describe('Channels of a stage divided by those inside its attention modules. The published ResNet form has 4.'),
});

/**
 * One trunk for all tasks; at every stage each task picks from the trunk's features s_j by a mask of its own:
 * a_j = sigmoid(BN(h(ReLU(BN(g([s_j, f(a_(j-1) s_(j-1))])))))), with 1x1 convolutions g and h of its own and a 3x3
 * convolution with batch normalisation and ReLU, f, that all tasks share. At the first stage g sees s_1 alone. The head
 * sees a_j s_j of the last stage.
 *
 * What differs from the paper: there, inside each block, g sees the block's first features and the mask falls on its
 * last ones, before pooling. A stage of a backbone yields one tensor, so both are the stage's output. What f yields is
 * resized to the next stage where the paper pools it. While training, f's batch normalisation sees the features of all
 * tasks as one batch (there, one task after another). All modules are trained with the rest of the network and follow
 * the base learning rate, as in the paper.
 */
export const mtan = defineFusion(settings, ({ reduction }): Fusion => {
  return {
    name: 'mtan',
    towers: () => ['shared'],
    ...fuseNothing,
    gather({ scope, tasks }, stages) {
      let attended: readonly Tensor[] = [];
      for (const [index, [x]] of stages.entries()) {
        const at = scope.child(`mtan${index + 1}`);
        const channels = x.shape[1];
        const carried = index === 0 ? tasks.map(() => []) : carry(at.child('f').shared(), attended, x).map((y) => [y]);
        attended = tasks.map((task, i) => {
          const module = at.child(task);
          const seen = module.layer(() => concat([x, ...carried[i]], 1));
          const inner = Math.max(1, Math.round(channels / reduction));
          const picked = convBatchNormRelu(module.child('g'), seen, { channels: inner, kernel: 1 });
          const mask = convBatchNorm(module.child('h'), picked, { channels, kernel: 1 });
          return module.layer(() => mul(x, sigmoid(mask)));
        });
      }
      return attended;
    },
    shares:
      'All tasks share one trunk, and each picks from its features by masks of its own: no task sees features of another.',
    gathered: ({ layer, tasks, stageChannels }) =>
      stageChannels.map((channels, k) => {
        const at = layer(`mtan${k + 1}`);
        const sources = k === 0 ? ['trunk'] : ['trunk', 'picked before'];
        const widths = sources.map(() => channels);
        return {
          layer: at.path,
          stage: k + 1,
          of: 'parts',
          sources,
          outputs: tasks.map((name) => ({ name, perRow: 1, blocks: normedBlocks(at, `${name}.g`, widths) })),
        };
      }),
  };
});

/**
 * f of every task's features, at the size of `next` and with its channels.
 * @param scope of f, whose variables all tasks share
 */
function carry(scope: Scope, features: readonly Tensor[], next: Tensor): readonly Tensor[] {
  const f = (x: Tensor) => convBatchNormRelu(scope, x, { channels: next.shape[1] });
  const resized = (x: Tensor) => scope.layer(() => resizeLike(x, next));
  // With running statistics each image stands for itself, and the size of a batch may be free.
  if (scope.mode === 'evaluate') return features.map((x) => resized(f(x)));
  const all = f(scope.layer(() => concat(features, 0))); // T x [N,C,H,W] -> [T*N,C',H,W]
  const n = next.shape[0];
  return features.map((_, i) => resized(scope.layer(() => slice(all, { axis: 0, start: i * n, end: (i + 1) * n }))));
}
