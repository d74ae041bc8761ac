/** Batch normalisation. */
import type { GraphWriter } from '../onnx/writer.js';
import { defineOp, type EmitUse } from '../op.js';
import { sizeOf, type Tensor } from '../tensor.js';
import { add, div, mul, neg, sqrt, sub } from './elementwise.js';
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
  // E[x^2] - E[x]^2 would read x once only, but cancels: of x = 1000 +- 1 it leaves nothing in float32.
  const centred = sub(x, perChannel(average));
  const variance = meanOfProducts(centred, centred);
  return { y: givenOp([x, gamma, beta, centred, variance], { epsilon })[0], mean: average, variance };
}

/** The runtime's own node works on one thread: from so many numbers on several nodes are faster (docs/decisions/002). */
const MOST_IN_ONE_NODE = 2 ** 18;

/** The same with given statistics. */
export function batchNorm(x: Tensor, gamma: Tensor, beta: Tensor, mean: Tensor, variance: Tensor, epsilon: number) {
  return inferenceOp([x, gamma, beta, mean, variance], { epsilon })[0];
}

const pixels = ({ shape: [n, , h, w] }: Tensor): number => n * h * w;

/** From so many pixels on: docs/decisions/002-formulations.md. */
const LARGE_MAP = 1024;
const isLarge = ({ shape: [, , h, w] }: Tensor): boolean => h * w >= LARGE_MAP;
/** Taken in stages, of large maps row by row: short sums of sums round less than one long one. */
const channelMean = (x: Tensor): Tensor => overImages(isLarge(x) ? mean(mean(x, [3]), [2]) : mean(x, [2, 3]));
/** A sum of products over a large map is a matrix product, which stores none. */
function meanOfProducts(x: Tensor, y: Tensor): Tensor {
  const [n, c, h, w] = x.shape;
  if (!isLarge(x)) return channelMean(mul(x, y));
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

/**
 * Gradients by x, gamma and beta where the statistics follow from x, M pixels a channel.
 * @param centred x - mean: sums of products with x itself would cancel
 */
function trainingGradients(dy: Tensor, centred: Tensor, gamma: Tensor, variance: Tensor, epsilon: number) {
  const ratio = (of: Tensor, factor: Tensor) => perDeviationOp([of, factor, variance], { epsilon })[0];
  const slope = channelMean(dy); // dbeta / M
  const turn = ratio(perChannel(meanOfProducts(dy, centred)), constant(1, gamma.shape)); // dgamma / M
  const back = reshape(ratio(perChannel(slope), neg(gamma)), gamma.shape);
  // dx = gamma / sigma (dy - dbeta / M) - gamma dgamma / (sigma^2 M) (x - mean); a product takes both threads.
  const dx = add(
    givenOp([dy, gamma, back, dy, variance], { epsilon })[0],
    mul(centred, ratio(ratio(turn, gamma), constant(-1, gamma.shape))),
  );
  return [dx, mul(reshape(turn, gamma.shape), pixels(centred)), mul(slope, pixels(centred))];
}

/** The statistics and what they make of x, in one node. Outputs y, mean, variance. */
const trainingOp = defineOp<Epsilon>({
  name: 'batchNormTraining',
  keepsCells: true,
  infer: ([x, gamma]) => [x, gamma, gamma].map(({ shape }) => ({ shape, dtype: 'float32' })),
  gradient: ({ inputs: [x, gamma], outputs: [, mean, variance], attributes: { epsilon }, gradient: dy }) =>
    trainingGradients(dy, sub(x, perChannel(mean)), gamma, variance, epsilon),
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

/** gamma / sigma (x - mean) + beta, where several nodes made x - mean and the variance. */
const givenOp = defineOp<Epsilon>({
  name: 'batchNormGiven',
  keepsCells: true,
  infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  // What the statistics and x - mean owe to x is in the first gradient.
  gradient: ({ inputs: [, gamma, , centred, variance], attributes: { epsilon }, gradient: dy }) => [
    ...trainingGradients(dy, centred, gamma, variance, epsilon),
    null,
    null,
  ],
  emit: (use) => {
    const { writer, inputs, outputs, attributes, inputTypes } = use;
    const [, gamma, beta, centred, variance] = inputs;
    if (writer.precision === 'float64')
      return emitBatchNorm64({ ...use, inputs: [centred, gamma, beta, '', variance] });
    // As a convolution of each channel alone, which takes both threads, and with which the runtime joins a ReLU.
    const channels = inputTypes[1].shape[0];
    const ones = writer.constant(new Float32Array(channels).fill(1), 'float32', [1, channels, 1, 1]);
    const scale = writer.fresh('scale');
    emitRatio(writer, [ones, gamma, variance], channels, attributes, scale);
    const kernel = writer.reshape(scale, [channels, 1, 1, 1]);
    writer.node('Conv', [centred, kernel, beta], outputs, { kernel_shape: [1, 1], group: channels });
  },
});

/** x factor / sqrt(variance + epsilon), x [1, C, 1, 1]: a normalisation of one pixel is one node. */
const perDeviationOp = defineOp<Epsilon>({
  name: 'perDeviation',
  infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  gradient: null,
  emit: (use) => {
    const { writer, inputs, outputs, attributes, inputTypes } = use;
    const [x, factor, variance] = inputs;
    if (writer.precision === 'float64') emitBatchNorm64({ ...use, inputs: [x, factor, '', '', variance] });
    else emitRatio(writer, [x, factor, variance], inputTypes[0].shape[1], attributes, outputs[0]);
  },
});

function emitRatio(
  writer: GraphWriter,
  [x, factor, variance]: readonly [x: string, factor: string, variance: string],
  channels: number,
  { epsilon }: Epsilon,
  output: string,
): void {
  const zeros = writer.constant(new Float32Array(channels), 'float32', [channels]);
  writer.node('BatchNormalization', [x, factor, zeros, zeros, variance], [output], { epsilon: { float: epsilon } });
}

const inferenceOp = defineOp<Epsilon>({
  name: 'batchNorm',
  keepsCells: true,
  infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  gradient: ({ inputs: [x, gamma, , mean, variance], attributes: { epsilon }, gradient: dy }) => {
    const inverse = div(1, sqrt(add(variance, epsilon)));
    const a = mul(gamma, inverse);
    const dbeta = mul(channelMean(dy), pixels(x));
    const dgamma = mul(mul(meanOfProducts(dy, sub(x, perChannel(mean))), pixels(x)), inverse);
    const dvariance = mul(mul(dgamma, a), mul(inverse, -0.5));
    return [mul(dy, perChannel(a)), dgamma, dbeta, neg(mul(a, dbeta)), dvariance];
  },
  emit,
});
