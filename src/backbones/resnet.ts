/**
 * ResNet (He et al., 2016), dilated where its features are to be finer than an image of 1/32 (Yu et al., 2017; Chen et
 * al., 2017): a layer that would halve the resolution past the output stride keeps it and doubles the dilation instead.
 */
import { relu, type Tensor } from '../engine/index.js';
import { convBatchNorm, pool } from '../nn/layers.js';
import type { Scope } from '../nn/scope.js';
import { type Backbone, type Stage, scaled } from './backbone.js';
import { createHead, type HeadKind } from './heads/index.js';
import { type Block, EXPANSION, residual, residualConv, TORCH_NORM } from './residual.js';

/** Blocks of the four layers by depth. */
const LAYERS = {
  18: { block: 'basic', blocks: [2, 2, 2, 2] },
  34: { block: 'basic', blocks: [3, 4, 6, 3] },
  50: { block: 'bottleneck', blocks: [3, 4, 6, 3] },
  101: { block: 'bottleneck', blocks: [3, 4, 23, 3] },
} as const satisfies Record<number, { block: Block; blocks: readonly number[] }>;
const STEM_CHANNELS = 64;

export type ResNetDepth = keyof typeof LAYERS;

export interface ResNetOptions {
  readonly depth?: ResNetDepth;
  /** Image pixels per pixel of the last features; 32 is the network without dilation. */
  readonly outputStride?: 8 | 16 | 32;
  /** Multiplies every channel count; 1 is the published network. */
  readonly width?: number;
  /** Probability with which dropout keeps a feature in the head. */
  readonly keep?: number;
  readonly head?: HeadKind;
}

export function resnet(options: ResNetOptions = {}): Backbone {
  const { depth = 50, outputStride = 8, width = 1, keep = 0.5, head = 'aspp' } = options;
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
}

/** 7x7 convolution and 3x3 max pooling, stride 2 each. */
function stem(scope: Scope, x: Tensor, channels: number): Tensor {
  const conv1 = scope.child('conv1');
  const y = convBatchNorm(conv1, x, residualConv({ channels, kernel: 7, stride: 2 }));
  return conv1.layer(() => relu(pool(scope, y, 3, 2)));
}
