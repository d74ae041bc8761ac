import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../random.js';
import { allTargets, distance, evaluate, tuned } from '../gradients.test.support.js';
import { gradients, mul, type Precision, plain, source, sum, type Target } from '../index.js';
import { batchNorm, batchNormTraining } from './batch-norm.js';

const EPSILON = 1e-3;
/** Every target, and those that are tuned with several nodes for maps of any size. */
const FORMS = [...allTargets, ...Object.values(tuned({ mostInOneNode: 0 }))];

test('statistics are the mean and the biased variance over batch and pixels', async () => {
  const [gamma, beta] = [source('gamma', [2]), source('beta', [2])];
  // Channel 0 holds 1 3 5 7, channel 1 holds 0 0 0 8.
  const feeds = { x: [1, 3, 0, 0, 5, 7, 0, 8], gamma: [1, 1], beta: [0, 0] };
  const { y, mean, variance } = batchNormTraining(source('x', [2, 2, 1, 2]), gamma, beta, EPSILON);
  for (const target of FORMS) {
    const found = await evaluate({ y, mean, variance }, feeds, target);
    assert.deepEqual(
      [found.mean, found.variance],
      [
        [4, 2],
        [5, 12],
      ],
    );
  }
});

test('training and given statistics give the numbers worked by hand', async () => {
  const x = source('x', [1, 1, 1, 4]);
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map((name) => source(name, [1]));
  const outputs = {
    training: batchNormTraining(x, gamma, beta, 4).y,
    inference: batchNorm(x, gamma, beta, mean, variance, 4),
  };
  // Of 1 3 5 7 the mean is 4 and the variance 5: (x - 4) 6 / sqrt(5 + 4) + 10. Given: (x - 1) 6 / sqrt(12 + 4) + 10.
  const feeds = { x: [1, 3, 5, 7], gamma: [6], beta: [10], mean: [1], variance: [12] };
  for (const target of FORMS) {
    const { training, inference } = await evaluate(outputs, feeds, target);
    assert.ok(distance(training, [4, 8, 12, 16]) < 1e-6);
    assert.ok(distance(inference, [10, 13, 16, 19]) < 1e-6);
  }
});

/** Batch normalisation of one channel and its gradients, by the formulas of Ioffe and Szegedy (2015), in double. */
function reference(x: ArrayLike<number>, dy: ArrayLike<number>, gamma: number) {
  const m = x.length;
  const sumOver = (of: (i: number) => number) => Array.from(x, (_, i) => of(i)).reduce((a, b) => a + b, 0);
  const mean = sumOver((i) => x[i]) / m;
  const variance = sumOver((i) => (x[i] - mean) ** 2) / m;
  const deviation = Math.sqrt(variance + EPSILON);
  const hat = Array.from(x, (value) => (value - mean) / deviation);
  const dbeta = sumOver((i) => dy[i]);
  const dgamma = sumOver((i) => dy[i] * hat[i]);
  const dx = hat.map((h, i) => (gamma / deviation) * (dy[i] - dbeta / m - (h * dgamma) / m));
  return { y: hat.map((h) => gamma * h), dx, dgamma: [dgamma], dbeta: [dbeta] };
}

/**
 * Runs a channel of numbers through all forms of the graph: the distances of all results from the reference. The plain
 * target sums in one stage, and so is given twice the distance.
 */
async function errorsAt(values: Float32Array, precision: Precision) {
  const errors: number[] = [];
  for (const target of FORMS.filter((form) => form.precision === precision)) {
    const distances = await errorsOn(target, values);
    errors.push(...distances.map((error) => (target === plain ? error / 2 : error)));
  }
  return errors;
}

async function errorsOn(target: Target, values: Float32Array) {
  const shape = [2, 1, 29, values.length / 58];
  const [x, dy] = [source('x', shape), source('dy', shape)];
  const [gamma, beta] = [source('gamma', [1]), source('beta', [1])];
  const { y } = batchNormTraining(x, gamma, beta, EPSILON);
  const [dx, dgamma, dbeta] = gradients(sum(mul(y, dy)), [x, gamma, beta]);
  const random = new Random('dy');
  const outputGradients = values.map(() => random.normal());
  const feeds = { x: values, dy: outputGradients, gamma: [1.5], beta: [0] };
  const found = await evaluate({ y, dx, dgamma, dbeta }, feeds, target);
  const wanted = reference(values, outputGradients, 1.5);
  return Object.entries(wanted).map(([name, numbers]) => distance(found[name as 'y'], numbers));
}

function features(mean: number, deviation: number, width: number): Float32Array {
  const random = new Random('features');
  return Float32Array.from({ length: 2 * 29 * width }, () => mean + deviation * random.normal());
}
/** Sums over maps of 29 times so many pixels are written in one form each. */
const WIDTHS = [31, 62];

test('float64 holds the formulas wherever the mean lies', async () => {
  for (const width of WIDTHS)
    for (const mean of [0, 10, 100])
      for (const error of await errorsAt(features(mean, 1, width), 'float64'))
        assert.ok(error < 1e-9, `mean ${mean}, width ${width}: ${error}`);
});

// What float32 holds of x loses mean / deviation parts in 2^24. Towers of convolutions stay below a ratio of 11.
for (const { mean, bar } of [
  { mean: 0, bar: 1e-6 },
  { mean: 3, bar: 2e-6 },
  { mean: 10, bar: 5e-6 },
  { mean: 100, bar: 5e-5 },
]) {
  test(`features of mean ${mean} and deviation 1 are normalised to ${bar} in float32`, async () => {
    for (const width of WIDTHS)
      for (const error of await errorsAt(features(mean, 1, width), 'float32'))
        assert.ok(error < bar, `width ${width}: ${error}`);
  });
}

test('a constant channel becomes beta, and neither it nor its gradients are lost to NaN', async () => {
  for (const level of [0, 3, 100]) {
    const x = source('x', [3, 1, 5, 7]);
    const [gamma, beta] = [source('gamma', [1]), source('beta', [1])];
    const { y } = batchNormTraining(x, gamma, beta, EPSILON);
    const [dx, dgamma] = gradients(sum(mul(y, source('dy', x.shape))), [x, gamma]);
    const feeds = {
      x: new Array(105).fill(level),
      gamma: [2],
      beta: [0.5],
      dy: Array.from({ length: 105 }, (_, i) => i % 2),
    };
    for (const target of allTargets) {
      const found = await evaluate({ y, dx, dgamma }, feeds, target);
      assert.ok(distance(found.y, new Array(105).fill(0.5)) < 1e-2, `${level}: ${found.y[0]}`);
      for (const value of [...found.dx, ...found.dgamma]) assert.ok(Number.isFinite(value));
    }
  }
});
