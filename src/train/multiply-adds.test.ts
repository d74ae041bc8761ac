import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backbone } from '../backbones/index.js';
import type { Tensor } from '../engine/index.js';
import { createFusion } from '../fusion/index.js';
import { conv } from '../nn/layers.js';
import type { Scope } from '../nn/scope.js';
import { createTask } from '../tasks/index.js';
import { inferenceMultiplyAdds, stepMultiplyAdds } from './multiply-adds.js';

const [N, H, W] = [2, 5, 7];
const CHANNELS = 4;
const DILATION = 3;

/** Products of a 3x3 convolution with its dilation as padding that meet a pixel, one by one. */
function metByCounting(): number {
  let met = 0;
  const inside = (at: number, size: number) => at >= 0 && at < size;
  for (let y = 0; y < H; y++)
    for (let x = 0; x < W; x++)
      for (const dy of [-DILATION, 0, DILATION])
        for (const dx of [-DILATION, 0, DILATION]) if (inside(y + dy, H) && inside(x + dx, W)) met++;
  return met;
}

test('multiply-adds are those that meet a pixel: three passes a convolution, two for the one that sees the image', () => {
  const backbone: Backbone = {
    name: 'two',
    stages: [
      {
        ...{ name: 'one', channels: CHANNELS, stride: 1 },
        build: (scope, x) => conv(scope.child('one'), x, { channels: CHANNELS, dilation: DILATION }),
      },
    ],
    head: (scope, x, channels) => conv(scope.child('head'), x, { channels, kernel: 1 }),
  };
  const network = {
    backbone,
    fusion: createFusion({ kind: 'single' }),
    tasks: [createTask('normals', { kind: 'normals' })],
    normalisation: { mean: [0, 0, 0], deviation: [1, 1, 1] } as const,
  };
  const first = N * CHANNELS * 3 * metByCounting();
  const head = N * 3 * CHANNELS * H * W;
  assert.equal(stepMultiplyAdds(network, [N, H, W]), 2 * first + 3 * head);
  assert.equal(inferenceMultiplyAdds(network, [N, H, W]), first + head);
});

test('wide layers, which are computed by tiles, count as by definition', () => {
  const [size, wide] = [24, 256];
  const network = (channels: number) => ({
    backbone: {
      name: 'wide',
      stages: [
        {
          ...{ name: 'one', channels, stride: 1 },
          build: (scope: Scope, x: Tensor) =>
            conv(scope.child('two'), conv(scope.child('one'), x, { channels, kernel: 1 }), { channels, dilation: 2 }),
        },
      ],
      head: (scope: Scope, x: Tensor, outputs: number) =>
        conv(scope.child('head'), x, { channels: outputs, kernel: 1 }),
    },
    fusion: createFusion({ kind: 'single' }),
    tasks: [createTask('normals', { kind: 'normals' })],
    normalisation: { mean: [0, 0, 0], deviation: [1, 1, 1] } as const,
  });
  // By axis: every tap but the middle one misses 2 of 24 pixels.
  const met = (3 * size - 4) ** 2;
  const expected = (c: number) => N * (2 * 3 * c * size ** 2 + 3 * c * c * met + 3 * 3 * c * size ** 2);
  for (const channels of [8, wide])
    assert.equal(stepMultiplyAdds(network(channels), [N, size, size]), expected(channels));
});
