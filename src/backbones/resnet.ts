/**
 * ResNet (He et al., 2016). With an output stride of 8 or 16 its last layers are dilated (Yu et al., 2017; Chen et al.,
 * 2017): a layer that would reduce the resolution further keeps it, and doubles the dilation instead.
 */
import * as z from 'zod';
import { relu, type Tensor } from '../engine/index.js';
import { convBatchNorm, pool } from '../nn/layers.js';
import type { Scope } from '../nn/scope.js';
import { defineBackbone, type Stage, scaled } from './backbone.js';
import { createHead, headSchema } from './heads/index.js';
import { type Block, EXPANSION, residual, residualConv, TORCH_NORM } from './residual.js';
import { keep, width } from './settings.js';

/** Blocks of the four layers by depth. */
const LAYERS = {
  18: { block: 'basic', blocks: [2, 2, 2, 2] },
  34: { block: 'basic', blocks: [3, 4, 6, 3] },
  50: { block: 'bottleneck', blocks: [3, 4, 6, 3] },
  101: { block: 'bottleneck', blocks: [3, 4, 23, 3] },
} as const satisfies Record<number, { block: Block; blocks: readonly number[] }>;
const STEM_CHANNELS = 64;

const settings = z.strictObject({
  kind: z.literal('resnet'),
  width,
  keep: keep(0.5),
  head: headSchema.default('aspp'),
  depth: z.literal([18, 34, 50, 101]).default(50).describe('Number of layers.'),
  outputStride: z
    .literal([8, 16, 32])
    .default(8)
    .describe('Stride of the last stage. 8 and 16 use dilation, 32 does not.'),
});

export const resnet = defineBackbone(settings, ({ depth, outputStride, width, keep, head }) => {
  const { block, blocks } = LAYERS[depth];
  let [stride, dilation] = [4, 1];
  const stages = blocks.map((count, index): Stage => {
    const channels = scaled(STEM_CHANNELS * 2 ** index, width);
    const previous = dilation;
    const step = index === 0 || stride === outputStride ? 1 : 2;
    if (index > 0 && step === 1) dilation *= 2;
    stride *= step;
    const full = dilation;
    return {
      name: `layer${index + 1}`,
      channels: channels * EXPANSION[block],
      stride,
      build(scope, x) {
        let y = index === 0 ? stem(scope, x, scaled(STEM_CHANNELS, width)) : x;
        const layer = scope.child(`layer${index + 1}`);
        for (let i = 0; i < count; i++) {
          // The convolution that lost its stride still sees the pixels of the layer before.
          const first = i === 0 ? previous : full;
          y = residual(block, layer.child(`${i}`), y, {
            channels,
            stride: i === 0 ? step : 1,
            dilations: [first, full],
          });
        }
        return y;
      },
    };
  });
  return { name: `resnet${depth}`, stages, head: createHead(head, { stride, width, keep, norm: TORCH_NORM }) };
});

/** 7x7 convolution and 3x3 max pooling, stride 2 each. */
function stem(scope: Scope, x: Tensor, channels: number): Tensor {
  const conv1 = scope.child('conv1');
  const y = convBatchNorm(conv1, x, residualConv({ channels, kernel: 7, stride: 2 }));
  return conv1.layer(() => relu(pool(scope, y, 3, 2)));
}
