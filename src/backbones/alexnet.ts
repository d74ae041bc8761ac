/**
 * AlexNet (Krizhevsky, 2014: "one weird trick"), as PyTorch's torchvision has it: five convolutions without batch
 * normalisation, and fully connected layers for questions about the image as a whole. Windows are not padded to the
 * edge, so images need at least 63 pixels a side and features are a little smaller than the image over the stride.
 */
import * as z from 'zod';
import { adaptiveAvgPool, maxPool, relu, type Tensor } from '../engine/index.js';
import { conv, dropout } from '../nn/layers.js';
import type { Scope } from '../nn/scope.js';
import { defineBackbone, type Stage, scaled } from './backbone.js';
import { createHead, headSchema } from './heads/index.js';
import { keep, width } from './settings.js';

const CONVOLUTIONS = [
  { channels: 64, kernel: 11, stride: 4, padding: 2, pooled: true },
  { channels: 192, kernel: 5, stride: 1, padding: 2, pooled: true },
  { channels: 384, kernel: 3, stride: 1, padding: 1, pooled: false },
  { channels: 256, kernel: 3, stride: 1, padding: 1, pooled: false },
  { channels: 256, kernel: 3, stride: 1, padding: 1, pooled: true },
];
const FULLY_CONNECTED = 4096;
/** Height and width of what the fully connected layers see. */
const POOLED = 6;

const settings = z.strictObject({
  kind: z.literal('alexnet'),
  width,
  keep: keep(0.5),
  head: headSchema.default('largefov'), // of questions about every pixel
});

export const alexnet = defineBackbone(settings, ({ width, keep, head }) => {
  let stride = 1;
  const stages = CONVOLUTIONS.map(({ pooled, ...window }, index): Stage => {
    const options = { ...window, channels: scaled(window.channels, width), bias: true };
    stride *= window.stride * (pooled ? 2 : 1);
    const name = `conv${index + 1}`;
    return {
      name,
      channels: options.channels,
      stride,
      build(scope, x) {
        const layer = scope.child(name);
        const y = conv(layer, x, options);
        return layer.layer(() => relu(pooled ? maxPool(y, 3, { stride: 2 }) : y));
      },
    };
  });
  return {
    name: 'alexnet',
    stages,
    head: createHead(head, { stride, width, keep, norm: null }),
    imageHead(scope, features, outputs) {
      const channels = scaled(FULLY_CONNECTED, width);
      let y = scope.child('fc6').layer(() => adaptiveAvgPool(features, POOLED, POOLED));
      // A layer that is fully connected to 6x6 pixels is a convolution that fits them once.
      y = connected(scope.child('fc6'), dropout(scope.child('fc6'), y, keep), channels, POOLED);
      y = connected(scope.child('fc7'), dropout(scope.child('fc7'), y, keep), channels, 1);
      return conv(scope.child('fc8').inGroup('head'), y, { channels: outputs, kernel: 1, bias: true });
    },
  };
});

function connected(scope: Scope, x: Tensor, channels: number, kernel: number): Tensor {
  const y = conv(scope, x, { channels, kernel, padding: 0, bias: true });
  return scope.layer(() => relu(y));
}
