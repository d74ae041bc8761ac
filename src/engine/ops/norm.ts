/** Batch normalisation. */
import { defineOp, type EmitUse } from '../op.js';
import type { Tensor } from '../tensor.js';
import { add, div, maximum, mul, neg, sqrt, square, sub } from './elementwise.js';
import { emitBatchNorm64 } from './float64.js';
import { matmul } from './matmul.js';
import { mean, sum } from './reduce.js';
import { reshape } from './shape.js';
import { constant } from './source.js';

/** Mean and biased variance of each channel over batch and pixels: x [N, C, H, W] -> two of [C]. */
export function batchStatistics(x: Tensor): { mean: Tensor; variance: Tensor } {
  const channelMean = (y: Tensor) => overImages(mean, mean(y, [2, 3]));
  const average = channelMean(x);
  // E[x^2] - E[x]^2 reads x once; rounding may leave it a little below zero.
  const variance = maximum(sub(mul(channelDot(x, x), 1 / pixels(x)), square(average)), 0);
  return { mean: average, variance };
}

const pixels = ({ shape: [n, , h, w] }: Tensor): number => n * h * w;
/** Summed in two stages: short sums of sums round less than one long one. */
const channelSum = (x: Tensor): Tensor => overImages(sum, sum(x, [2, 3]));
/** From so many pixels on a sum of products is a matrix product, which stores none: docs/decisions/002-formulations.md. */
const LARGE_MAP = 1024;
const channelDot = (x: Tensor, y: Tensor): Tensor => {
  const [n, c, h, w] = x.shape;
  if (h * w < LARGE_MAP) return channelSum(mul(x, y));
  const rows = (z: Tensor) => reshape(z, [n * c, 1, h * w]);
  return overImages(sum, reshape(matmul(rows(x), rows(y), { b: true }), [n, c]));
};
const overImages = (reduce: typeof sum, y: Tensor): Tensor =>
  y.shape[0] === 1 ? reshape(y, [y.shape[1]]) : reduce(y, [0]); // [N,C] -> [C]
const perChannel = (x: Tensor): Tensor => reshape(x, [1, x.shape[0], 1, 1]);

/**
 * Batch normalisation with the batch's own statistics: y = gamma (x - mean) / sqrt(variance + epsilon) + beta.
 * `mean` and `variance` must be `batchStatistics(x)`: the gradient by x takes into account that they follow from x.
 * @param x [N, C, H, W]; the others [C]
 */
export function batchNormTraining(
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  statistics: { mean: Tensor; variance: Tensor },
  epsilon: number,
): Tensor {
  return trainingOp([x, gamma, beta, statistics.mean, statistics.variance], { epsilon })[0];
}

/** The same with given statistics. */
export function batchNorm(x: Tensor, gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor, epsilon: number) {
  return inferenceOp([x, gamma, beta, mean, variance], { epsilon })[0];
}

interface Epsilon {
  readonly epsilon: number;
}

function emit(use: EmitUse<Epsilon>): void {
  const { writer, inputs, outputs, attributes } = use;
  if (writer.precision === 'float64') emitBatchNorm64(use);
  else writer.node('BatchNormalization', inputs, outputs, { epsilon: { float: attributes.epsilon } });
}

/** What both backward passes share: 1 / sigma, the gradients of beta and gamma, and a = gamma / sigma; all [C]. */
function slopes(dy: Tensor, x: Tensor, gamma: Tensor, mean: Tensor, variance: Tensor, epsilon: number) {
  const inverse = div(1, sqrt(add(variance, epsilon)));
  const dbeta = channelSum(dy);
  const dgamma = mul(sub(channelDot(dy, x), mul(mean, dbeta)), inverse);
  return { inverse, dbeta, dgamma, a: mul(gamma, inverse) };
}

const trainingOp = defineOp<Epsilon>({
  name: 'batchNormTraining',
  infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  // dx = gamma / sigma (dy - dbeta / M) - gamma dgamma / (sigma^2 M) (x - mean): two normalisations, M pixels a channel.
  gradient: ({ inputs: [x, gamma, , mean, variance], attributes: { epsilon }, gradient: dy }) => {
    const { dbeta, dgamma, a } = slopes(dy, x, gamma, mean, variance, epsilon);
    const none = constant(0, gamma.shape);
    const share = 1 / pixels(x);
    const dx = add(
      batchNorm(dy, gamma, none, mul(dbeta, share), variance, epsilon),
      batchNorm(x, mul(mul(a, dgamma), -share), none, mean, variance, epsilon),
    );
    return [dx, dgamma, dbeta, null, null];
  },
  emit,
});

const inferenceOp = defineOp<Epsilon>({
  name: 'batchNorm',
  infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  gradient: ({ inputs: [x, gamma, , mean, variance], attributes: { epsilon }, gradient: dy }) => {
    const { inverse, dbeta, dgamma, a } = slopes(dy, x, gamma, mean, variance, epsilon);
    const dvariance = mul(mul(dgamma, a), mul(inverse, -0.5));
    return [mul(dy, perChannel(a)), dgamma, dbeta, neg(mul(a, dbeta)), dvariance];
  },
  emit,
});
