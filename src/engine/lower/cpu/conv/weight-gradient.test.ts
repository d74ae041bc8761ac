import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../../random.js';
import { conv2d, gradients, mul, type Shape, sizeOf, source, sum, toModel } from '../../../index.js';
import type { ConvAttributes } from '../../../ops/conv.js';
import { nodeRuntime } from '../../../runtime/node.js';
import { CPU_TUNING } from '../constants.js';
import { cheapestForm } from './weight-gradient.js';

interface Case {
  readonly name: string;
  readonly x: Shape;
  readonly channels: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly form: ReturnType<typeof cheapestForm>;
}

const CASES: readonly Case[] = [
  { name: 'a large map of few channels', x: [1, 4, 20, 23], channels: 4, form: 'shifts' },
  { name: 'a batch of large maps', x: [3, 4, 20, 23], channels: 4, form: 'shifts' },
  { name: 'a batch of small maps of many channels', x: [3, 20, 5, 6], channels: 24, form: 'views' },
  { name: 'an image of three channels', x: [2, 3, 19, 17], channels: 32, form: 'views' },
  { name: 'a dilation that is large against the map', x: [2, 5, 7, 9], channels: 6, dilation: 4, form: 'taps' },
  { name: 'a dilation beyond the map', x: [2, 5, 7, 6], channels: 6, dilation: 7, form: 'taps' },
  { name: 'steps', x: [2, 5, 15, 12], channels: 6, stride: 2, kernel: 5, form: 'views' },
  { name: 'a kernel of one pixel', x: [2, 5, 6, 7], channels: 6, kernel: 1, form: 'taps' },
];

for (const { name, x, channels, form, kernel = 3, stride = 1, dilation = 1 } of CASES) {
  test(`the weight gradient is the sum of its definition, by ${form}: ${name}`, async () => {
    const [n, c, h, w] = x;
    const padding = dilation * (kernel >> 1);
    const image = source('x', x);
    const weight = source('weight', [channels, c, kernel, kernel]);
    const y = conv2d(image, weight, null, { stride, dilation, padding });
    const [, , oh, ow] = y.shape;
    const context = { attributes: y.node.attributes as ConvAttributes, inputTypes: [image, y] };
    assert.equal(cheapestForm(CPU_TUNING, context), form);
    const [dw] = gradients(sum(mul(y, source('g', y.shape))), [weight]);
    const random = new Random(name);
    const filled = (shape: Shape) => Float32Array.from({ length: sizeOf(shape) }, () => random.normal());
    const data = { x: filled(x), g: filled(y.shape), weight: filled(weight.shape) };
    const model = toModel({ dw });
    const session = await nodeRuntime({ threads: 1 }).open(model.bytes);
    const feeds = [...model.inputs].map(([key, { shape, dtype }]) => [
      key,
      { shape, dtype, data: data[key as keyof typeof data] },
    ]);
    const got = (await session.run(Object.fromEntries(feeds))).dw.data as Float32Array;
    await session.close();

    let worst = 0;
    for (let i = 0; i < got.length; i++) {
      const [o, ci] = [Math.floor(i / (c * kernel * kernel)), Math.floor(i / (kernel * kernel)) % c];
      const [u, v] = [Math.floor(i / kernel) % kernel, i % kernel];
      let expected = 0;
      for (let image = 0; image < n; image++) {
        for (let p = 0; p < oh; p++) {
          for (let q = 0; q < ow; q++) {
            const [row, column] = [p * stride + u * dilation - padding, q * stride + v * dilation - padding];
            if (row < 0 || row >= h || column < 0 || column >= w) continue;
            const pixel = data.x[((image * c + ci) * h + row) * w + column];
            expected += pixel * data.g[((image * channels + o) * oh + p) * ow + q];
          }
        }
      }
      worst = Math.max(worst, Math.abs(got[i] - expected));
    }
    assert.ok(worst < 1e-4, `off by ${worst}`);
  });
}
