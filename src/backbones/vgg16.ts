/**
 * VGG-16 as DeepLab-LargeFOV (Chen et al., 2015), the network of the paper's section 4: five blocks of 3x3
 * convolutions with batch normalisation, the last at dilation 2, stride 8 in all.
 */
import * as z from 'zod';
import { avgPool, relu, type Tensor } from '../engine/index.js';
import { BATCH_NORM, convBatchNorm, convBatchNormRelu, pool } from '../nn/layers.js';
import type { Scope } from '../nn/scope.js';
import { defineBackbone, type Stage, scaled } from './backbone.js';
import { createHead, headSchema } from './heads/index.js';
import { keep, width } from './settings.js';

const BLOCKS = [
  { convolutions: 2, channels: 64, dilation: 1, poolStride: 2 },
  { convolutions: 2, channels: 128, dilation: 1, poolStride: 2 },
  { convolutions: 3, channels: 256, dilation: 1, poolStride: 2 },
  { convolutions: 3, channels: 512, dilation: 1, poolStride: 1 },
  { convolutions: 3, channels: 512, dilation: 2, poolStride: 1 },
];

const settings = z.strictObject({
  kind: z.literal('vgg16'),
  width,
  keep: keep(0.5),
  head: headSchema.default('largefov'),
  batchNorm: z
    .boolean()
    .default(true)
    .describe('Whether batch normalisation follows each convolution. Without it each has a bias.'),
});

export const vgg16 = defineBackbone(settings, ({ width, keep, head, batchNorm }) => {
  const norm = batchNorm ? BATCH_NORM : null;
  let stride = 1;
  const stages = BLOCKS.map(({ convolutions, dilation, poolStride, ...block }, index): Stage => {
    const channels = scaled(block.channels, width);
    const last = index === BLOCKS.length - 1;
    stride *= poolStride;
    return {
      name: `conv${index + 1}`,
      channels,
      stride,
      build(scope: Scope, x: Tensor): Tensor {
        let y = x;
        for (let i = 1; i < convolutions; i++)
          y = convBatchNormRelu(scope.child(`conv${index + 1}_${i}`), y, { channels, dilation, norm });
        const final = scope.child(`conv${index + 1}_${convolutions}`);
        y = convBatchNorm(final, y, { channels, dilation, norm });
        return final.layer(() => {
          // ReLU and max pooling commute; after the pooling there is less to rectify.
          const pooled = relu(pool(scope, y, 3, poolStride));
          return last ? avgPool(pooled, 3, { padding: 1 }) : pooled;
        });
      },
    };
  });
  return { name: 'vgg16', stages, head: createHead(head, { stride, width, keep, norm }) };
});
