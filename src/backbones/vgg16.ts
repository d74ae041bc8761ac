/**
 * VGG-16 as DeepLab-LargeFOV (Chen et al., 2015), the network of the paper's section 4: five blocks of 3x3
 * convolutions with batch normalisation, the last at dilation 2, stride 8 in all, and a head whose first convolution
 * has dilation 12.
 */
import { avgPool, maxPool, relu, type Tensor } from '../engine/index.js';
import { conv, convBatchNorm, convBatchNormRelu, dropout } from '../nn/layers.js';
import type { Scope } from '../nn/scope.js';
import type { Backbone, Stage } from './backbone.js';

const BLOCKS = [
  { convolutions: 2, channels: 64, dilation: 1, poolStride: 2 },
  { convolutions: 2, channels: 128, dilation: 1, poolStride: 2 },
  { convolutions: 3, channels: 256, dilation: 1, poolStride: 2 },
  { convolutions: 3, channels: 512, dilation: 1, poolStride: 1 },
  { convolutions: 3, channels: 512, dilation: 2, poolStride: 1 },
];
const HEAD = { channels: 1024, dilation: 12 };

export interface Vgg16Options {
  /** Multiplies every channel count; 1 is the published network. */
  readonly width?: number;
  /** Share of features that dropout keeps in the head. */
  readonly keep?: number;
}

export function vgg16({ width = 1, keep = 0.5 }: Vgg16Options = {}): Backbone {
  const scaled = (channels: number) => Math.max(4, Math.round(channels * width));
  let stride = 1;
  const stages = BLOCKS.map(({ convolutions, dilation, poolStride, ...block }, index): Stage => {
    const channels = scaled(block.channels);
    const last = index === BLOCKS.length - 1;
    stride *= poolStride;
    return {
      name: `conv${index + 1}`,
      channels,
      stride,
      build(scope: Scope, x: Tensor): Tensor {
        let y = x;
        for (let i = 1; i < convolutions; i++)
          y = convBatchNormRelu(scope.child(`conv${index + 1}_${i}`), y, { channels, dilation });
        const final = scope.child(`conv${index + 1}_${convolutions}`);
        y = convBatchNorm(final, y, { channels, dilation });
        return final.layer(() => {
          // ReLU and max pooling commute; after the pooling there is less to rectify.
          const pooled = relu(maxPool(y, 3, { stride: poolStride, padding: 1 }));
          return last ? avgPool(pooled, 3, { padding: 1 }) : pooled;
        });
      },
    };
  });
  return {
    name: 'vgg16',
    stages,
    head(scope, features, channels) {
      let y = convBatchNormRelu(scope.child('fc6'), features, { ...HEAD, channels: scaled(HEAD.channels) });
      y = dropout(scope.child('fc6'), y, keep);
      y = convBatchNormRelu(scope.child('fc7'), y, { channels: scaled(HEAD.channels), kernel: 1 });
      y = dropout(scope.child('fc7'), y, keep);
      return conv(scope.child('fc8').inGroup('head'), y, { channels, kernel: 1, bias: true });
    },
  };
}
