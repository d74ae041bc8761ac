/** Batch normalisation. */
import { defineOp, type EmitUse } from '../op.js';
import { sizeOf, type Tensor } from '../tensor.js';
import { add, div, maximum, mul, neg, sqrt, square, sub } from './elementwise.js';
import { emitBatchNorm64, emitTraining64 } from './float64.js';
import { matmul } from './matmul.js';
import { mean } from './reduce.js';
import { reshape } from './shape.js';
import { constant } from './source.js';

export interface Normalised {
  readonly y: Tensor;
  /** Mean and biased variance of each channel over batch and pixels, [C]. */
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * Batch normalisation with the batch's own statistics: y = gamma (x - mean) / sqrt(variance + epsilon) + beta.
 * @param x [N, C, H, W]; gamma and beta [C]
 * @param inOneNode statistics and y are computed by one node of the runtime; by default where that is faster
 */
export function batchNormTraining(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  epsilon: number,
  inOneNode = sizeOf(x.shape) <= MOST_IN_ONE_NODE,
): Normalised {
  if (inOneNode) {
    const [y, mean, variance] = trainingOp([x, gamma, beta], { epsilon });
    return { y, mean, variance };
  }
  const average = channelMean(x);
  // E[x^2] - E[x]^2 reads x once; rounding may leave it a little below zero.
  const variance = maximum(sub(meanOfProducts(x, x), square(average)), 0);
  return { y: givenOp([x, gamma, beta, average, variance], { epsilon })[0], mean: average, variance };
}

/** The runtime's own node works on one thread: from so many numbers on several nodes are faster (docs/decisions/002). */
const MOST_IN_ONE_NODE = 2 ** 18;

/** The same with given statistics. */
export function batchNorm(x: Tensor, gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor, epsilon: number) {
  return inferenceOp([x, gamma, beta, mean, variance], { epsilon })[0];
}

const pixels = ({ shape: [n, , h, w] }: Tensor): number => n * h * w;

/** Taken in two stages: short sums of sums round less than one long one. */
const channelMean = (x: Tensor): Tensor => overImages(mean(x, [2, 3]));
/** From so many pixels on a sum of products is a matrix product, which stores none: docs/decisions/002-formulations.md. */
const LARGE_MAP = 1024;
function meanOfProducts(x: Tensor, y: Tensor): Tensor {
  const [n, c, h, w] = x.shape;
  if (h * w < LARGE_MAP) return channelMean(mul(x, y));
  const rows = (z: Tensor) => reshape(z, [n * c, 1, h * w]);
  return mul(overImages(reshape(matmul(rows(x), rows(y), { b: true }), [n, c])), 1 / (h * w));
}
const overImages = (y: Tensor): Tensor => (y.shape[0] === 1 ? reshape(y, [y.shape[1]]) : mean(y, [0])); // [N,C] -> [C]
const perChannel = (x: Tensor): Tensor => reshape(x, [1, x.shape[0], 1, 1]);

interface Epsilon {
  readonly epsilon: number;
}

function emit(use: EmitUse<Epsilon>): void {
  const { writer, inputs, outputs, attributes } = use;
  if (writer.precision === 'float64') emitBatchNorm64(use);
  else writer.node('BatchNormalization', inputs, outputs, { epsilon: { float: attributes.epsilon } });
}

/** Gradients by x, gamma and beta where the statistics follow from x, M pixels a channel. */
function trainingGradients(dy: Tensor, x: Tensor, gamma: Tensor, mean: Tensor, variance: Tensor, epsilon: number) {
  const none = constant(0, gamma.shape);
  /** Whatever is divided by sigma is a normalisation: one node. */
  const normalised = (of: Tensor, factor: Tensor, centre: Tensor) =>
    batchNorm(of, factor, none, centre, variance, epsilon);
  const slope = channelMean(dy); // dbeta / M
  const turn = normalised(perChannel(meanOfProducts(dy, x)), constant(1, gamma.shape), mul(mean, slope)); // dgamma / M
  const share = normalised(turn, gamma, none);
  // dx = gamma / sigma (dy - dbeta / M) - gamma dgamma / (sigma^2 M) (x - mean); a product takes both threads.
  const shift = reshape(normalised(share, mean, none), gamma.shape);
  const dx = add(
    givenOp([dy, gamma, shift, slope, variance], { epsilon })[0],
    mul(x, normalised(share, constant(-1, gamma.shape), none)),
  );
  return [dx, mul(reshape(turn, gamma.shape), pixels(x)), mul(slope, pixels(x))];
}

/** The statistics and what they make of x, in one node. Outputs y, mean, variance. */
const trainingOp = defineOp<Epsilon>({
  name: 'batchNormTraining',
  keepsCells: true,
  infer: ([x, gamma]) => [x, gamma, gamma].map(({ shape }) => ({ shape, dtype: 'float32' })),
  gradient: ({ inputs: [x, gamma], outputs: [, mean, variance], attributes: { epsilon }, gradient: dy }) =>
    trainingGradients(dy, x, gamma, mean, variance, epsilon),
  emit: (use) => {
    const { writer, inputs, outputs, attributes, inputTypes } = use;
    if (writer.precision === 'float64') return emitTraining64(use);
    // With momentum 0 the running statistics that it returns are the batch's. It writes them over those that it is given:
    // these must be nobody else's, and random values are what the runtime never takes for others or makes beforehand.
    const [running, runningVariance] = [0, 1].map(() =>
      writer.value('RandomUniform', [], { shape: inputTypes[1].shape }),
    );
    const [y, mean, variance] = outputs.map((name) => name || writer.fresh('statistic'));
    writer.node('BatchNormalization', [...inputs, running, runningVariance], [y, mean, variance], {
      epsilon: { float: attributes.epsilon },
      momentum: { float: 0 },
      training_mode: 1,
    });
  },
});

/** The same where several nodes made the statistics of x. */
const givenOp = defineOp<Epsilon>({
  name: 'batchNormGiven',
  keepsCells: true,
  infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  gradient: ({ inputs: [x, gamma, , mean, variance], attributes: { epsilon }, gradient: dy }) => [
    ...trainingGradients(dy, x, gamma, mean, variance, epsilon),
    null,
    null,
  ],
  emit: (use) => {
    const { writer, inputs, outputs, attributes, inputTypes } = use;
    if (writer.precision === 'float64') return emitBatchNorm64(use);
    // As a convolution of each channel alone, which takes both threads, and with which the runtime joins a ReLU.
    const [x, gamma, beta, mean, variance] = inputs;
    const channels = inputTypes[1].shape[0];
    const zeros = writer.constant(new Float32Array(channels), 'float32', [channels]);
    const normalised = (value: number, shift: string, centre: string) => {
      const pixel = writer.constant(new Float32Array(channels).fill(value), 'float32', [1, channels, 1, 1]);
      const epsilon = { float: attributes.epsilon };
      return writer.value('BatchNormalization', [pixel, gamma, shift, centre, variance], { epsilon });
    };
    const scale = writer.reshape(normalised(1, zeros, zeros), [channels, 1, 1, 1]); // gamma / sigma
    const shift = writer.reshape(normalised(0, beta, mean), [channels]); // beta - mean gamma / sigma
    writer.node('Conv', [x, scale, shift], outputs, { kernel_shape: [1, 1], group: channels });
  },
});

const inferenceOp = defineOp<Epsilon>({
  name: 'batchNorm',
  keepsCells: true,
  infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  gradient: ({ inputs: [x, gamma, , mean, variance], attributes: { epsilon }, gradient: dy }) => {
    const inverse = div(1, sqrt(add(variance, epsilon)));
    const a = mul(gamma, inverse);
    const dbeta = mul(channelMean(dy), pixels(x));
    const dgamma = mul(sub(mul(meanOfProducts(dy, x), pixels(x)), mul(mean, dbeta)), inverse);
    const dvariance = mul(mul(dgamma, a), mul(inverse, -0.5));
    return [mul(dy, perChannel(a)), dgamma, dbeta, neg(mul(a, dbeta)), dvariance];
  },
  emit,
});
