/** Batch normalisation of maps as large, and as far from 0, as training meets, against sums in double. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../random.js';
import { evaluate, tuned } from '../../gradients.test.support.js';
import { cpu, gradients, mul, source, sum, type Target } from '../../index.js';
import { batchNormTraining } from '../../ops/batch-norm.js';

const EPSILON = 1e-3;
const GAMMA = 1.5;

interface Case {
  readonly shape: readonly [number, number, number, number];
  readonly mean: number;
  readonly deviation: number;
}

/** Every channel by itself, by the formulas of Ioffe and Szegedy (2015), in double. */
function reference(x: Float32Array, dy: Float32Array, [n, c, h, w]: Case['shape']) {
  const plane = h * w;
  const pixels = n * plane;
  const y = new Float64Array(x.length);
  const dx = new Float64Array(x.length);
  const perChannel = Array.from({ length: c }, (_, channel) => {
    const over = (visit: (at: number) => void) => {
      for (let i = 0; i < n; i++) for (let p = 0; p < plane; p++) visit((i * c + channel) * plane + p);
    };
    let [mean, variance, dbeta, dgamma] = [0, 0, 0, 0];
    over((at) => {
      mean += x[at] / pixels;
    });
    over((at) => {
      variance += (x[at] - mean) ** 2 / pixels;
    });
    const deviation = Math.sqrt(variance + EPSILON);
    over((at) => {
      y[at] = (GAMMA * (x[at] - mean)) / deviation;
      dbeta += dy[at];
      dgamma += (dy[at] * (x[at] - mean)) / deviation;
    });
    over((at) => {
      const hat = (x[at] - mean) / deviation;
      dx[at] = (GAMMA / deviation) * (dy[at] - dbeta / pixels - (hat * dgamma) / pixels);
    });
    return { mean, variance, dbeta, dgamma };
  });
  return { y, dx, perChannel, pixels };
}

async function compare({ shape, mean: level, deviation }: Case, target: Target = cpu) {
  const [, c] = shape;
  const size = shape.reduce((a, b) => a * b, 1);
  const random = new Random('large maps');
  const values = Float32Array.from({ length: size }, () => level + deviation * random.normal());
  const outputGradients = Float32Array.from({ length: size }, () => random.normal());
  const [x, dy] = [source('x', shape), source('dy', shape)];
  const [gamma, beta] = [source('gamma', [c]), source('beta', [c])];
  const { y, mean, variance } = batchNormTraining(x, gamma, beta, EPSILON);
  const [dx, dgamma, dbeta] = gradients(sum(mul(y, dy)), [x, gamma, beta]);
  const given = { x: values, dy: outputGradients, gamma: new Array(c).fill(GAMMA), beta: new Array(c).fill(0) };
  const found = await evaluate({ y, mean, variance, dx, dgamma, dbeta }, given, target);
  const wanted = reference(values, outputGradients, shape);
  const furthest = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    let most = 0;
    for (let i = 0; i < b.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
    return most;
  };
  const root = Math.sqrt(wanted.pixels);
  const sigma = Math.sqrt(deviation ** 2 + EPSILON);
  const of = (key: 'mean' | 'variance' | 'dgamma' | 'dbeta') => wanted.perChannel.map((channel) => channel[key]);
  return {
    /** In parts of the value. */
    mean: furthest(found.mean, of('mean')) / Math.max(1, Math.abs(level)),
    variance: deviation === 0 ? Math.max(...found.variance) : furthest(found.variance, of('variance')) / deviation ** 2,
    /** y and dx / (gamma / sigma) are about 1 in size, sums of M independent gradients about sqrt(M). */
    y: furthest(found.y, wanted.y),
    dx: (furthest(found.dx, wanted.dx) * sigma) / GAMMA,
    dgamma: furthest(found.dgamma, of('dgamma')) / root,
    dbeta: furthest(found.dbeta, of('dbeta')) / root,
  };
}

// Numbers of 1000 are 6e-5 apart in float32, those of 100 are 8e-6: no mean is known better, nor x less it.
const CASES: readonly (Case & { readonly bar: number })[] = [
  { shape: [1, 8, 321, 321], mean: 0, deviation: 1, bar: 1e-5 },
  { shape: [1, 8, 321, 321], mean: 100, deviation: 1, bar: 3e-5 },
  { shape: [1, 4, 520, 520], mean: 1000, deviation: 1, bar: 3e-4 },
  { shape: [8, 4, 96, 96], mean: 100, deviation: 1, bar: 3e-5 },
  { shape: [8, 4, 96, 96], mean: 30, deviation: Math.sqrt(1e-3), bar: 2e-4 },
  { shape: [8, 4, 96, 96], mean: -1000, deviation: 3, bar: 1e-4 },
  { shape: [8, 4, 40, 40], mean: 100, deviation: 1, bar: 3e-5 },
  { shape: [8, 16, 20, 20], mean: 100, deviation: 1, bar: 3e-5 },
];
for (const { bar, ...one } of CASES) {
  test(`${one.shape.join('x')} of mean ${one.mean} and deviation ${one.deviation.toPrecision(2)} is off by ${bar} at most`, async () => {
    // As training has it, and by several nodes however small the map.
    for (const [form, target] of [
      ['as trained', cpu],
      ['by several nodes', tuned({ mostInOneNode: 0 }).cpu],
    ] as const) {
      const errors = await compare(one, target);
      assert.ok(errors.mean < 2e-7, `mean ${errors.mean}, ${form}`);
      assert.ok(errors.variance < 2e-5, `variance ${errors.variance}, ${form}`);
      for (const key of ['y', 'dx', 'dgamma', 'dbeta'] as const)
        assert.ok(errors[key] < bar, `${key} ${errors[key]}, ${form}`);
    }
  });
}

test('constant maps have no variance, and become beta', async () => {
  for (const mean of [0, 100, 1000.1])
    for (const shape of [
      [1, 1, 520, 520],
      [8, 4, 96, 96],
    ] as const) {
      const errors = await compare({ shape, mean, deviation: 0 });
      // A mean that is off by some steps of float32 makes the square of them.
      const step = 2e-6 * mean;
      assert.ok(errors.variance <= step ** 2, `variance ${errors.variance} at ${mean}`);
      assert.ok(errors.y <= (GAMMA * step) / Math.sqrt(EPSILON), `y ${errors.y} at ${mean}`);
    }
});
