/**
 * MobileNetV2 (Sandler et al., 2018), as PyTorch's torchvision has it: inverted residual blocks, which widen the
 * features, filter each channel by itself and narrow them again. With an output stride of 8 or 16 its last blocks are
 * dilated, as those of ResNet are.
 *
 * Tasks exchange features where the resolution is about to be halved, at strides 2, 4, 8, 16 and 32: the five places from
 * which decoders of segmentation take them. The 1x1 convolution to 1280 channels belongs to the classifier: DeepLab on
 * MobileNetV2 sits on the 320 channels before it (section 6.3 of the paper). It is built for questions about the image as
 * a whole only.
 */
import * as z from 'zod';
import { add, mean, relu6, type Tensor } from '../engine/index.js';
import { heNormal } from '../nn/init.js';
import { conv, convBatchNorm, dropout, type NormedConvOptions } from '../nn/layers.js';
import type { Scope } from '../nn/scope.js';
import { defineBackbone, type Stage } from './backbone.js';
import { createHead, headSchema } from './heads/index.js';
import { TORCH_NORM } from './residual.js';
import { keep, width } from './settings.js';

interface Group {
  /** How many times as many channels a block has inside. */
  readonly expansion: number;
  readonly channels: number;
  readonly blocks: number;
  /** Of its first block. */
  readonly stride: number;
}

/** The groups of blocks of each stage (table 2 of the paper). */
const STAGES: readonly (readonly Group[])[] = [
  [{ expansion: 1, channels: 16, blocks: 1, stride: 1 }],
  [{ expansion: 6, channels: 24, blocks: 2, stride: 2 }],
  [{ expansion: 6, channels: 32, blocks: 3, stride: 2 }],
  [
    { expansion: 6, channels: 64, blocks: 4, stride: 2 },
    { expansion: 6, channels: 96, blocks: 3, stride: 1 },
  ],
  [
    { expansion: 6, channels: 160, blocks: 3, stride: 2 },
    { expansion: 6, channels: 320, blocks: 1, stride: 1 },
  ],
];
const STEM_CHANNELS = 32;
const LAST_CHANNELS = 1280;
const STEM_STRIDE = 2;

const settings = z.strictObject({
  kind: z.literal('mobilenetv2'),
  width,
  keep: keep(0.8),
  head: headSchema.default('aspp'),
  outputStride: z
    .literal([8, 16, 32])
    .default(16)
    .describe('Stride of the last stage. 8 and 16 use dilation, 32 does not.'),
});

export const mobilenetv2 = defineBackbone(settings, ({ outputStride, width, keep, head }) => {
  let [stride, dilation, block] = [STEM_STRIDE, 1, 1];
  const stages = STAGES.map((groups, index): Stage => {
    const blocks = groups.flatMap((group) =>
      Array.from({ length: group.blocks }, (_, i): BlockOptions & { readonly name: string } => {
        const wanted = i === 0 ? group.stride : 1;
        const kept = wanted > 1 && stride === outputStride;
        const step = kept ? 1 : wanted;
        // The convolution that lost its stride still sees the pixels of the block before.
        const seen = dilation;
        if (kept) dilation *= wanted;
        stride *= step;
        const { expansion, channels } = group;
        return {
          name: `block${block++}`,
          ...{ expansion, channels: divisible(channels * width), stride: step, dilation: seen },
          narrowed: kept,
        };
      }),
    );
    return {
      name: `stage${index + 1}`,
      channels: blocks[blocks.length - 1].channels,
      stride,
      build(scope, x) {
        const options = { channels: divisible(STEM_CHANNELS * width), stride: STEM_STRIDE };
        let y = index === 0 ? convNormRelu6(scope.child('stem'), x, options) : x;
        for (const { name, ...options } of blocks) y = invertedResidual(scope.child(name), y, options);
        return y;
      },
    };
  });
  return {
    name: 'mobilenetv2',
    stages,
    head: createHead(head, { stride, width, keep, norm: TORCH_NORM }),
    imageHead(scope, features, outputs) {
      const channels = divisible(LAST_CHANNELS * Math.max(1, width)); // narrow networks keep it whole
      const y = convNormRelu6(scope.child('last'), features, { channels, kernel: 1 });
      const fc = scope.child('fc').inGroup('head');
      const pooled = fc.layer(() => mean(y, [2, 3], true)); // [N, C, 1, 1]
      return conv(fc, dropout(fc, pooled, keep), { channels: outputs, kernel: 1, bias: true });
    },
  };
});

interface BlockOptions {
  readonly expansion: number;
  readonly channels: number;
  readonly stride: number;
  readonly dilation: number;
  /** Whether it would have a stride, had it not been replaced by dilation: it then has no shortcut. */
  readonly narrowed: boolean;
}

/** x [N, C, H, W] -> [N, channels, H / stride, W / stride] */
function invertedResidual(scope: Scope, x: Tensor, options: BlockOptions): Tensor {
  const { expansion, channels, stride, dilation, narrowed } = options;
  const inner = Math.round(x.shape[1] * expansion);
  let y = x;
  if (expansion > 1) y = convNormRelu6(scope.child('expand'), y, { channels: inner, kernel: 1 });
  y = convNormRelu6(scope.child('depthwise'), y, { channels: inner, groups: inner, stride, dilation });
  y = convBatchNorm(scope.child('project'), y, torchConv({ channels, kernel: 1 }));
  const carried = stride === 1 && !narrowed && x.shape[1] === channels;
  return carried ? scope.layer(() => add(x, y)) : y;
}

/** Started and normalised as torchvision does. */
const torchConv = (options: NormedConvOptions): NormedConvOptions => ({
  ...options,
  norm: TORCH_NORM,
  initializer: heNormal,
});

function convNormRelu6(scope: Scope, x: Tensor, options: NormedConvOptions): Tensor {
  const y = convBatchNorm(scope, x, torchConv(options));
  return scope.layer(() => relu6(y));
}

/** The multiple of 8 nearest to a number of channels, but not below nine tenths of it. */
export function divisible(channels: number): number {
  const nearest = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return nearest < 0.9 * channels ? nearest + 8 : nearest;
}
