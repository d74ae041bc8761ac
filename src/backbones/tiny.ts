/** Four convolutions at stride 8: for tests, first tries and machines with little time. */
import { convBatchNormRelu } from '../nn/layers.js';
import { type Backbone, type Stage, scaled } from './backbone.js';
import { createHead, type HeadKind } from './heads/index.js';
import { TORCH_NORM } from './residual.js';

const CONVOLUTIONS = [
  { channels: 16, stride: 2, dilation: 1 },
  { channels: 32, stride: 2, dilation: 1 },
  { channels: 64, stride: 2, dilation: 1 },
  { channels: 64, stride: 1, dilation: 2 },
];

export interface TinyOptions {
  /** Multiplies every channel count. */
  readonly width?: number;
  /** Probability with which dropout keeps a feature in the head. */
  readonly keep?: number;
  readonly head?: HeadKind;
}

export function tiny({ width = 1, keep = 1, head = 'linear' }: TinyOptions = {}): Backbone {
  let stride = 1;
  const stages = CONVOLUTIONS.map((row, index): Stage => {
    const name = `conv${index + 1}`;
    const options = { ...row, channels: scaled(row.channels, width), norm: TORCH_NORM };
    stride *= row.stride;
    return {
      name,
      channels: options.channels,
      stride,
      build: (scope, x) => convBatchNormRelu(scope.child(name), x, options),
    };
  });
  return { name: 'tiny', stages, head: createHead(head, { stride, width, keep, norm: TORCH_NORM }) };
}
