/** Sluice networks (Ruder, Bingel, Augenstein, Soegaard, AAAI 2019), for stages of a CNN. */
import * as z from 'zod';
import {
  addAll,
  concat,
  constant,
  conv2d,
  matmul,
  mul,
  reshape,
  resizeLike,
  slice,
  square,
  sum,
  type Tensor,
} from '../engine/index.js';
import { NddrError } from '../errors.js';
import { diagonal } from '../nn/init.js';
import { conv } from '../nn/layers.js';
import type { Initializer } from '../nn/scope.js';
import { defineFusion, type Fusion, last, toTasks } from './fusion.js';
import { type Block, blocksOf, type TrainedLayer } from './mixed.js';
import { alpha, beta } from './mixing.js';
import { atStages, stages } from './stages.js';

const settings = z.strictObject({
  kind: z.literal('sluice'),
  stages,
  alpha,
  beta,
  subspaces: z
    .int()
    .min(1)
    .default(2)
    .describe("Number of equal parts into which the channels of each task's features are divided."),
  lastStage: z
    .number()
    .default(0.9)
    .describe(
      "First weight of the last stage's features in the sum that the heads see. The other stages share the rest.",
    ),
  orthogonality: z
    .number()
    .min(0)
    .default(0)
    .describe(
      'Weight of the penalty that makes the subspaces of a task orthogonal. 0, the published default: no penalty.',
    ),
});

/** A vector of sum 1 whose last element is `value` and whose other elements are equal. */
const mostlyLast =
  (value: number): Initializer =>
  (values) => {
    values.fill((1 - value) / (values.length - 1)).fill(value, values.length - 1);
  };

const channels = (x: Tensor, start: number, end: number): Tensor => slice(x, { axis: 1, start, end });

/**
 * Each task's features fall into S subspaces of C / S channels.
 *
 * Alpha: after every stage each of the T S subspaces goes on as a weighted sum of all of them, y_a = sum over b of
 * alpha_ab x_b. This is one 1x1 convolution of the concatenated features by the kernel alpha (x) I (Kronecker product).
 *
 * Beta: a task's head sees h = sum over the stages k of beta_k P_k(x_k). The paper's layers are all of one width and
 * length; stages of a CNN are not. So x_k is resized to the last stage's size, and where its channels differ from the
 * last stage's, P_k is a learned 1x1 convolution, elsewhere the identity. The projections belong to one task each and
 * follow the base learning rate; alpha and beta follow that of the fusion layers, and do not decay.
 *
 * Penalty: orthogonality times the sum over tasks, stages with alpha and pairs of subspaces of |G_a^T G_b|_F^2. The
 * published code takes the weight matrices of the layer for G. Here they are features before they are mixed, a row a
 * pixel, and the product is a mean over pixels, so that it depends on neither batch nor image size.
 */
export const sluice = defineFusion(settings, (options) => {
  const { alpha, beta, subspaces, lastStage, orthogonality, stages: chosen } = options;
  const fusion: Fusion = {
    name: 'sluice',
    towers: (tasks) => tasks,
    fuse({ scope, towers }, features, stage) {
      const layer = scope.child(`sluice${stage}`).inGroup('fusion');
      const width = features[0].shape[1];
      if (width % subspaces !== 0)
        throw new NddrError(
          `network.fusion.subspaces: ${subspaces} subspaces of equal width do not fit the ${width} channels of stage ` +
            `${stage}: choose a divisor of every stage's channels, or another width of the backbone.`,
        );
      const n = towers.length * subspaces;
      return layer.layer(() => {
        if (orthogonality > 0 && scope.mode === 'train')
          for (const x of features) layer.penalty(mul(overlap(x, subspaces), orthogonality));
        const weight = layer.variable('alpha', [n, n], 'mixing', diagonal(alpha, beta));
        const mixed = conv2d(concat(features, 1), kernelOf(weight, width / subspaces)); // [N,T*C,H,W]
        return towers.map((_, i) => channels(mixed, i * width, (i + 1) * width));
      });
    },
    gather(context, all) {
      const seen = context.towers.map((tower, index) => {
        const layer = context.scope.child('sluice').child(tower);
        const goal = last(all)[index];
        const weight = layer.inGroup('fusion').variable('beta', [all.length], 'mixing', mostlyLast(lastStage));
        const parts = all.map((features, k) => {
          let x = layer.layer(() => resizeLike(features[index], goal));
          if (x.shape[1] !== goal.shape[1])
            x = conv(layer.child(`stage${k + 1}`), x, { channels: goal.shape[1], kernel: 1 });
          return layer.layer(() => mul(x, reshape(slice(weight, { axis: 0, start: k, end: k + 1 }), [1, 1, 1, 1])));
        });
        return layer.layer(() => addAll(parts));
      });
      return toTasks(context, seen);
    },
    shares:
      'After a stage each subspace of a task goes on with a weighted sum of the subspaces of all tasks; ' +
      'the heads see a weighted sum of the stages.',
    fused({ layer, towers, stageChannels }, stage) {
      const at = layer(`sluice${stage}`);
      const { values } = at.read('alpha');
      const n = towers.length * subspaces;
      return {
        layer: at.path,
        stage,
        of: 'tasks',
        sources: towers,
        outputs: towers.map((name, i) => {
          const rows = Array.from(values).slice(i * subspaces * n, (i + 1) * subspaces * n);
          const widths = towers.map(() => subspaces);
          const perRow = stageChannels[stage - 1] / subspaces;
          return { name, perRow, blocks: blocksOf({ shape: [subspaces, n], values: rows }, widths) };
        }),
      };
    },
    gathered({ layer, towers, stageChannels }) {
      const at = layer('sluice');
      return [
        {
          layer: at.path,
          stage: stageChannels.length,
          of: 'stages',
          sources: stageChannels.map((_, k) => `stage ${k + 1}`),
          outputs: towers.map((name) => ({ name, perRow: 1, blocks: stageBlocks(at, name, stageChannels) })),
        },
      ];
    },
  };
  return atStages(fusion, chosen);
});

/** beta_k P_k of every stage k; where a stage needs no projection, a column of beta_k: each channel takes its own. */
function stageBlocks(at: TrainedLayer, tower: string, stageChannels: readonly number[]): Block[] {
  const { values } = at.read(`${tower}.beta`);
  const rows = stageChannels[stageChannels.length - 1];
  return stageChannels.map((columns, k): Block => {
    if (columns === rows) return { rows, columns: 1, values: new Float32Array(rows).fill(values[k]) };
    return blocksOf(at.read(`${tower}.stage${k + 1}.weight`), [columns], () => values[k])[0];
  });
}

/** alpha [n, n] -> [n*c, n*c, 1, 1]: the kernel that mixes n groups of c channels, alpha (x) I. */
function kernelOf(alpha: Tensor, c: number): Tensor {
  const n = alpha.shape[0];
  const identity = Float32Array.from({ length: c * c }, (_, i) => Number(i % (c + 1) === 0));
  const kernel = mul(reshape(alpha, [n, 1, n, 1]), constant(identity, [1, c, 1, c]));
  return reshape(kernel, [n * c, n * c, 1, 1]);
}

/** |G_a^T G_b / pixels|_F^2, summed over the pairs of subspaces of x [N, C, H, W]. */
function overlap(x: Tensor, subspaces: number): Tensor {
  const [n, c, h, w] = x.shape;
  const width = c / subspaces;
  const parts = Array.from({ length: subspaces }, (_, s) =>
    reshape(channels(x, s * width, (s + 1) * width), [n, width, h * w]),
  );
  const pairs = parts.flatMap((a, i) => parts.slice(i + 1).map((b) => [a, b] as const));
  const products = pairs.map(([a, b]) => mul(sum(matmul(a, b, { b: true }), [0]), 1 / (n * h * w)));
  return addAll(products.map((product) => sum(square(product))));
}
