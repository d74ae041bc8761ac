/** Batch normalisation (Ioffe and Szegedy, 2015). */
import type { GraphWriter } from '../onnx/writer.js';
import { defineOp } from '../op.js';
import { type Shape, sizeOf, type Tensor } from '../tensor.js';
import { reshape, sum } from './broadcasting.js';
import { add, div, mul, neg, sqrt, sub } from './elementwise.js';

export interface BatchNormAttributes {
  /** What is added to the variance. */
  readonly epsilon: number;
}

/** What a batch is normalised to, and its own statistics. */
export interface NormalisedBatch {
  readonly y: Tensor;
  /** Mean and biased variance of each channel over batch and pixels, [C]. */
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * Batch normalisation with the batch's own statistics: y = gamma (x - mean) / sqrt(variance + epsilon) + beta.
 * Gradients flow through y alone.
 * @param x [N, C, H, W]; gamma and beta [C]
 */
export function batchNormTraining(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: number): NormalisedBatch {
  const [y, mean, variance] = batchNormTrainingOp([x, gamma, beta], { epsilon });
  return { y, mean, variance };
}

/** Batch normalisation with given statistics, [C] each: y = gamma (x - mean) / sqrt(variance + epsilon) + beta. */
export const batchNorm = (
  x: Tensor,
  gamma: Tensor,
  beta: Tensor,
  mean: Tensor,
  variance: Tensor,
  epsilon: number,
): Tensor => batchNormOp([x, gamma, beta, mean, variance], { epsilon })[0];

/** [C] -> [1, C, 1, 1], which broadcasts to the map of each channel. */
export const perChannel = (x: Tensor): Tensor => reshape(x, [1, x.shape[0], 1, 1]);

/** How many numbers a channel of x [N, C, H, W] has. */
export const pixelsPerChannel = ({ shape: [n, , h, w] }: { readonly shape: Shape }): number => n * h * w;

/** x [N, C, H, W], gamma and beta [C] -> y, mean, variance. */
export const batchNormTrainingOp = defineOp<BatchNormAttributes>({
  name: 'batchNormTraining',
  keepsCells: true,
  infer: ([x, gamma]) => [x, gamma, gamma].map(({ shape }) => ({ shape, dtype: 'float32' })),
  gradient: ({ inputs: [x, gamma], outputs: [, mean, variance], attributes, gradient: dy }) =>
    batchNormTrainingGradientOp([dy, x, gamma, mean, variance], attributes),
  emit: ({ writer, inputs: [x, gamma, beta], outputs, attributes, inputTypes }) => {
    const [mean, variance] = [1, 2].map((i) => outputs[i] || writer.fresh('statistic'));
    emitMean(writer, x, [0, 2, 3], mean);
    const centred = writer.value('Sub', [x, emitPerChannel(writer, mean, inputTypes[1].shape)]);
    emitMean(writer, writer.value('Mul', [centred, centred]), [0, 2, 3], variance);
    emitNormalised(writer, { x, gamma, beta, mean, variance }, inputTypes[1].shape, attributes, outputs[0]);
  },
});

/**
 * Gradients by x, gamma and beta where mean and variance follow from x, with M pixels a channel:
 *   xhat = (x - mean) / sigma, sigma = sqrt(variance + epsilon)
 *   dbeta = sum dy, dgamma = sum dy xhat, dx = gamma / sigma (dy - dbeta / M - xhat dgamma / M)
 * Inputs are dy, x [N, C, H, W] and gamma, mean, variance [C].
 */
export const batchNormTrainingGradientOp = defineOp<BatchNormAttributes>({
  name: 'batchNormTrainingGradient',
  infer: ([, x, gamma]) => [x, gamma, gamma].map(({ shape }) => ({ shape, dtype: 'float32' })),
  gradient: 'unsupported',
  emit: ({ writer, inputs: [dy, x, gamma, mean, variance], outputs, attributes, inputTypes }) => {
    const { shape } = inputTypes[2];
    const product = (a: string, b: string) => writer.value('Mul', [a, b]);
    const column = (name: string) => emitPerChannel(writer, name, shape);
    const sigma = writer.value('Sqrt', [writer.value('Add', [variance, writer.scalar(attributes.epsilon)])]);
    const xhat = writer.value('Div', [writer.value('Sub', [x, column(mean)]), column(sigma)]);
    // Of every image first: a sum of short sums rounds less than one long sum.
    const channelMean = (name: string) => emitMean(writer, emitMean(writer, name, [2, 3]), [0]);
    const meanGradient = channelMean(dy); // dbeta / M
    const meanProduct = channelMean(product(dy, xhat)); // dgamma / M
    if (outputs[0]) {
      const rest = writer.value('Sub', [dy, column(meanGradient)]);
      const centred = writer.value('Sub', [rest, product(xhat, column(meanProduct))]);
      writer.node('Mul', [centred, column(writer.value('Div', [gamma, sigma]))], [outputs[0]]);
    }
    const pixels = writer.scalar(pixelsPerChannel(inputTypes[1]));
    if (outputs[1]) writer.node('Mul', [meanProduct, pixels], [outputs[1]]);
    if (outputs[2]) writer.node('Mul', [meanGradient, pixels], [outputs[2]]);
  },
});

/** x [N, C, H, W] and gamma, beta, mean, variance [C] -> y. */
export const batchNormOp = defineOp<BatchNormAttributes>({
  name: 'batchNorm',
  keepsCells: true,
  infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  gradient: ({ inputs: [x, gamma, , mean, variance], attributes: { epsilon }, gradient: dy }) => {
    const overPixels = (z: Tensor) => sum(z, [0, 2, 3]); // [N, C, H, W] -> [C]
    const inverse = div(1, sqrt(add(variance, epsilon)));
    const scale = mul(gamma, inverse);
    const dbeta = overPixels(dy);
    const dgamma = mul(overPixels(mul(dy, sub(x, perChannel(mean)))), inverse);
    const dvariance = mul(mul(dgamma, scale), mul(inverse, -0.5));
    return [mul(dy, perChannel(scale)), dgamma, dbeta, neg(mul(scale, dbeta)), dvariance];
  },
  emit: ({ writer, inputs: [x, gamma, beta, mean, variance], outputs, attributes, inputTypes }) =>
    emitNormalised(writer, { x, gamma, beta, mean, variance }, inputTypes[1].shape, attributes, outputs[0]),
});

/** Names of values in a graph that is written: x [N, C, H, W], the others [C]. */
export interface BatchNormValues {
  readonly x: string;
  readonly gamma: string;
  /** 0 where left out. */
  readonly beta?: string;
  readonly mean?: string;
  readonly variance: string;
}

/** Writes (x - mean) gamma / sqrt(variance + epsilon) + beta, for statistics of `shape` [C]. */
export function emitNormalised(
  writer: GraphWriter,
  { x, gamma, beta, mean, variance }: BatchNormValues,
  shape: Shape,
  { epsilon }: BatchNormAttributes,
  output: string,
): void {
  const column = (name: string) => emitPerChannel(writer, name, shape);
  const [gammas, betas, means, variances] = [gamma, beta, mean, variance].map((name) => name && column(name));
  // The operator BatchNormalization would round epsilon to float32.
  const deviation = writer.value('Sqrt', [writer.value('Add', [variances as string, writer.scalar(epsilon)])]);
  const centred = means ? writer.value('Sub', [x, means]) : x;
  const factors = [centred, writer.value('Div', [gammas as string, deviation])];
  if (betas) writer.node('Add', [writer.value('Mul', factors), betas], [output]);
  else writer.node('Mul', factors, [output]);
}

const emitPerChannel = (writer: GraphWriter, name: string, shape: Shape): string =>
  writer.reshape(name, [1, sizeOf(shape), 1, 1]);

/** The mean over axes, which are left out of the result. */
const emitMean = (writer: GraphWriter, name: string, axes: readonly number[], output = writer.fresh('mean')): string =>
  writer.reduce('ReduceMean', name, axes, false, output);
