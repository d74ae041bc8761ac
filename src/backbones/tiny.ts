/** Four convolutions at stride 8: for tests, first tries and machines with little time. */
import * as z from 'zod';
import { convBatchNormRelu } from '../nn/layers.js';
import { defineBackbone, type Stage, scaled } from './backbone.js';
import { createHead, headSchema } from './heads/index.js';
import { TORCH_NORM } from './residual.js';
import { keep, width } from './settings.js';

const CONVOLUTIONS = [
  { channels: 16, stride: 2, dilation: 1 },
  { channels: 32, stride: 2, dilation: 1 },
  { channels: 64, stride: 2, dilation: 1 },
  { channels: 64, stride: 1, dilation: 2 },
];

const settings = z.strictObject({
  kind: z.literal('tiny'),
  width,
  keep: keep(1),
  head: headSchema.default('linear'),
});

export const tiny = defineBackbone(settings, ({ width, keep, head }) => {
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
});
