/** Residual blocks (He et al., 2016), as PyTorch's torchvision has them: the stride sits in the 3x3 convolution. */
import { add, relu, type Tensor } from '../engine/index.js';
import { heNormal } from '../nn/init.js';
import {
  type BatchNormOptions,
  type ConvOptions,
  convBatchNorm,
  convBatchNormRelu,
  type NormedConvOptions,
  symmetricPadding,
} from '../nn/layers.js';
import type { Scope } from '../nn/scope.js';

/** Batch normalisation as PyTorch has it by default. */
export const TORCH_NORM: BatchNormOptions = { momentum: 0.9, epsilon: 1e-5 };

/**
 * Convolutions of a residual network: started by He et al., normalised as in PyTorch. Their padding is symmetric
 * whatever the network's rule, as in TensorFlow's own residual networks: a 1x1 convolution of stride 2 beside a 3x3 one
 * would else yield other pixels' cells.
 */
export const residualConv = (options: ConvOptions): NormedConvOptions => ({
  padding: symmetricPadding(options.kernel ?? 3, options.dilation),
  ...options,
  norm: TORCH_NORM,
  initializer: heNormal,
});

/**
 * The last convolution of a block: its gamma starts at 0, so that the block starts as its shortcut (Goyal et al., 2017).
 * Without it the gradient of a hundred layers from scratch begins a thousand times too large.
 */
const closing = (options: ConvOptions): NormedConvOptions => ({
  ...residualConv(options),
  norm: { ...TORCH_NORM, gamma: 0 },
});

export interface BlockOptions {
  /** Channels of the 3x3 convolutions; a bottleneck yields `EXPANSION` times as many. */
  readonly channels: number;
  readonly stride?: number;
  /** Of the first 3x3 convolution, and of the second of a basic block. */
  readonly dilations?: readonly [first: number, second: number];
}

export type Block = 'basic' | 'bottleneck';
export const EXPANSION: Readonly<Record<Block, number>> = { basic: 1, bottleneck: 4 };

/** x [N, C, H, W] -> [N, EXPANSION channels, H / stride, W / stride] */
export function residual(block: Block, scope: Scope, x: Tensor, options: BlockOptions): Tensor {
  const { stride = 1, channels } = options;
  const y = inner[block](scope, x, options);
  const outputs = channels * EXPANSION[block];
  const projected = stride !== 1 || x.shape[1] !== outputs;
  const shortcut = projected
    ? convBatchNorm(scope.child('downsample'), x, residualConv({ channels: outputs, kernel: 1, stride }))
    : x;
  return scope.layer(() => relu(add(y, shortcut)));
}

const inner: Readonly<Record<Block, (scope: Scope, x: Tensor, options: BlockOptions) => Tensor>> = {
  basic(scope, x, { channels, stride = 1, dilations: [first, second] = [1, 1] }) {
    const y = convBatchNormRelu(scope.child('conv1'), x, residualConv({ channels, stride, dilation: first }));
    return convBatchNorm(scope.child('conv2'), y, closing({ channels, dilation: second }));
  },
  bottleneck(scope, x, { channels, stride = 1, dilations: [dilation] = [1, 1] }) {
    let y = convBatchNormRelu(scope.child('conv1'), x, residualConv({ channels, kernel: 1 }));
    y = convBatchNormRelu(scope.child('conv2'), y, residualConv({ channels, stride, dilation }));
    const outputs = channels * EXPANSION.bottleneck;
    return convBatchNorm(scope.child('conv3'), y, closing({ channels: outputs, kernel: 1 }));
  },
};
