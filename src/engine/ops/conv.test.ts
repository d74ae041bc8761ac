import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { allTargets, distance, distinct, evaluate } from '../gradients.test.support.js';
import { gradients, mul, type Shape, sizeOf, source, sum, toModel } from '../index.js';
import { ModelProtoSchema } from '../onnx/onnx_pb.js';
import { type ConvAttributes, conv2d } from './conv.js';
import { windowOf, windowOutput } from './window.js';

interface Config {
  readonly title: string;
  /** [N, C, H, W] */
  readonly image: Shape;
  /** [O, C / groups, kh, kw] */
  readonly weight: Shape;
  readonly options: Parameters<typeof conv2d>[3];
}

const config = (title: string, image: Shape, weight: Shape, options: Config['options'] = {}): Config => ({
  title,
  image,
  weight,
  options,
});

const configs = [
  config('3x3, padding 1', [1, 3, 7, 5], [4, 3, 3, 3], { padding: 1 }),
  config('3x3 on a wide map, batch 3', [3, 2, 17, 23], [3, 2, 3, 3], { padding: 1 }),
  config('3x3, dilation 2, wide map', [2, 2, 21, 19], [3, 2, 3, 3], { padding: 2, dilation: 2 }),
  config('3x3, dilation 2, small map', [2, 2, 5, 5], [3, 2, 3, 3], { padding: 2, dilation: 2 }),
  config('3x3, dilation 12 on 5x5: only the middle tap lives', [2, 3, 5, 5], [2, 3, 3, 3], {
    padding: 12,
    dilation: 12,
  }),
  config('3x3, dilation 12 on 41x41', [1, 2, 41, 41], [2, 2, 3, 3], { padding: 12, dilation: 12 }),
  config('3x3, dilation 12 on 9x17', [1, 2, 9, 17], [2, 2, 3, 3], { padding: 12, dilation: 12 }),
  config('1x1', [3, 5, 3, 4], [2, 5, 1, 1]),
  config('1x1, stride 2', [2, 2, 6, 7], [3, 2, 1, 1], { stride: 2 }),
  config('2x2, no padding', [1, 2, 4, 5], [3, 2, 2, 2]),
  config('2x2, padding at the bottom and right, stride 2', [2, 1, 5, 6], [2, 1, 2, 2], {
    padding: [0, 0, 1, 1],
    stride: 2,
  }),
  config('5x5, padding 2, stride 2', [1, 2, 9, 8], [2, 2, 5, 5], { padding: 2, stride: 2 }),
  config('5x5 on 2x3, padding 4', [1, 2, 2, 3], [2, 2, 5, 5], { padding: 4 }),
  config('3x3, padding beyond the kernel', [1, 1, 3, 4], [2, 1, 3, 3], { padding: 4 }),
  config('3x2, everything uneven', [2, 2, 9, 8], [3, 2, 3, 2], {
    stride: [2, 3],
    dilation: [2, 3],
    padding: [3, 0, 1, 2],
  }),
  config('two groups, stride 2', [2, 4, 7, 5], [6, 2, 3, 3], { padding: 1, stride: 2, groups: 2 }),
  config('a group a channel, dilation 2', [3, 3, 6, 7], [6, 1, 3, 3], { padding: 2, dilation: 2, groups: 3 }),
];

/** Calls `visit` with the flat indices of output pixel, image pixel and weight of every product in the definition. */
function eachProduct(image: Shape, weight: Shape, a: ConvAttributes, visit: (y: number, x: number, w: number) => void) {
  const [n, c, h, w] = image;
  const [o, perGroup, kh, kw] = weight;
  const [oh, ow] = windowOutput(image, a);
  for (let y = 0; y < n * o * oh * ow; y++) {
    const [j, i] = [y % ow, Math.floor(y / ow) % oh];
    const [out, b] = [Math.floor(y / (ow * oh)) % o, Math.floor(y / (ow * oh * o))];
    const firstChannel = Math.floor(out / (o / a.groups)) * perGroup;
    for (let tap = 0; tap < perGroup * kh * kw; tap++) {
      const [v, u] = [tap % kw, Math.floor(tap / kw) % kh];
      const row = i * a.stride[0] + u * a.dilation[0] - a.padding[0];
      const column = j * a.stride[1] + v * a.dilation[1] - a.padding[1];
      if (row < 0 || row >= h || column < 0 || column >= w) continue;
      const channel = firstChannel + Math.floor(tap / (kw * kh));
      visit(y, ((b * c + channel) * h + row) * w + column, out * perGroup * kh * kw + tap);
    }
  }
}

for (const { title, image, weight, options = {} } of configs) {
  test(`a convolution and its gradients are the sums of their definition: ${title}`, async () => {
    const attributes = { ...windowOf([weight[2], weight[3]], options, image), groups: options.groups ?? 1 };
    const shape = [image[0], weight[0], ...windowOutput(image, attributes)];
    const [x, w, dy] = [distinct(image).values, distinct(weight, undefined, 1).values, distinct(shape).values];
    const [y, dx, dw] = [shape, image, weight].map((s) => new Array<number>(sizeOf(s)).fill(0));
    eachProduct(image, weight, attributes, (atY, atX, atW) => {
      y[atY] += x[atX] * w[atW];
      dx[atX] += dy[atY] * w[atW];
      dw[atW] += dy[atY] * x[atX];
    });

    const [xs, ws, dys] = [source('x', image), source('w', weight), source('dy', shape)];
    const convolved = conv2d(xs, ws, null, options);
    assert.deepEqual(convolved.shape, shape);
    const [gradientX, gradientW] = gradients(sum(mul(convolved, dys)), [xs, ws]);
    for (const target of allTargets) {
      const tolerance = target.precision === 'float32' ? 2e-6 : 1e-13;
      const found = await evaluate({ y: convolved, dx: gradientX, dw: gradientW }, { x, w, dy }, target);
      for (const [name, wanted] of Object.entries({ y, dx, dw })) {
        const error = distance(found[name as 'y'], wanted);
        assert.ok(error < tolerance, `${name} in ${target.name} is off by ${error}`);
      }
    }
  });
}

test('a bias is added to every pixel of its channel', async () => {
  const [x, w, b] = [source('x', [1, 1, 1, 2]), source('w', [2, 1, 1, 1]), source('b', [2])];
  const feeds = { x: [3, 5], w: [1, 10], b: [100, -200] };
  for (const target of allTargets)
    assert.deepEqual((await evaluate({ y: conv2d(x, w, b) }, feeds, target)).y, [103, 105, -170, -150]);
});

test('the weight gradient is one product on a wide map and one a tap where dilation would waste most of it', () => {
  const products = (size: number, dilation: number) => {
    const [x, w] = [source('x', [1, 3, size, size]), source('w', [4, 3, 3, 3])];
    const [dw] = gradients(sum(conv2d(x, w, null, { padding: dilation, dilation })), [w]);
    const { graph } = fromBinary(ModelProtoSchema, toModel({ dw }).bytes);
    return graph?.node.filter(({ opType }) => /MatMul/.test(opType)).length;
  };
  assert.equal(products(65, 1), 1);
  assert.equal(products(13, 12), 10, 'nine taps, and one that puts them in order');
});

test('shapes that do not fit are told with the op, the layer and the shapes', () => {
  const x = source('x', [1, 3, 8, 8]);
  assert.throws(
    () => conv2d(x, source('w', [4, 2, 3, 3])),
    /conv2d of \[1, 3, 8, 8\], \[4, 2, 3, 3\]: 3 channels do not fit/,
  );
  assert.throws(
    () => conv2d(x, source('w', [4, 3, 9, 3])),
    /a window of 9,3 at dilation 1,1 does not fit into \[1, 3, 8, 8\]/,
  );
  assert.throws(() => conv2d(x, source('w', [4, 3, 3, 3]), source('b', [3])), /the bias must be \[4\]/);
  assert.throws(() => conv2d(x, source('w', [4, 1, 3, 3]), null, { groups: 3 }), /in 3 group/);
});
