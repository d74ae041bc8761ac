/**
 * Batch normalisation on the CPU: docs/decisions/002-formulations.md has the alternatives and their times.
 *
 * Maps of few numbers are normalised by one node of the runtime. It works on one thread, so larger maps are centred and
 * scaled by several nodes. The gradients are one formulation for both.
 */
import type { GraphWriter } from '../../onnx/writer.js';
import { defineOp, type EmitContext } from '../../op.js';
import {
  type BatchNormAttributes,
  type BatchNormValues,
  batchNormOp,
  batchNormTrainingGradientOp,
  batchNormTrainingOp,
  emitNormalised,
  perChannel,
  pixelsPerChannel,
} from '../../ops/batch-norm.js';
import { reshape } from '../../ops/broadcasting.js';
import { add, mul, neg, sub } from '../../ops/elementwise.js';
import { matmul } from '../../ops/matmul.js';
import { mean } from '../../ops/reduce.js';
import { constant } from '../../ops/source.js';
import { sizeOf, type Tensor } from '../../tensor.js';
import { emissionOf, rewriteOf } from '../target.js';
import type { CpuTuning } from './constants.js';

export const batchNormRewrites = (tuning: CpuTuning) => {
  const sums = channelSums(tuning);
  return [
    rewriteOf(batchNormTrainingOp, ([x, gamma, beta], { epsilon }) => {
      if (sizeOf(x.shape) <= tuning.mostInOneNode) return undefined;
      const average = sums.mean(x);
      // E[x^2] - E[x]^2 would read x only once, but in float32 no digit of it is right for x = 1000 +- 1.
      const centred = sub(x, perChannel(average));
      const variance = sums.meanOfProducts(centred, centred);
      return [scaleCentredOp([centred, gamma, beta, variance], { epsilon })[0], average, variance];
    }),
    rewriteOf(batchNormTrainingGradientOp, ([dy, x, gamma, average, variance], { epsilon }) => {
      const overSigma = (z: Tensor, factor: Tensor) => overSigmaOp([z, factor, variance], { epsilon })[0];
      // Sums of products with x itself would cancel, as above.
      const centred = sub(x, perChannel(average));
      const meanGradient = sums.mean(dy); // dbeta / M, [C]
      const meanProduct = overSigma(perChannel(sums.meanOfProducts(dy, centred)), constant(1, gamma.shape)); // dgamma / M
      // dx = gamma / sigma (dy - dbeta / M) - gamma dgamma / (sigma^2 M) (x - mean), as a dy + c and b (x - mean)
      const c = reshape(overSigma(perChannel(meanGradient), neg(gamma)), gamma.shape);
      const b = overSigma(overSigma(meanProduct, gamma), constant(-1, gamma.shape));
      const dx = add(scaleCentredOp([dy, gamma, c, variance], { epsilon })[0], mul(centred, b));
      const pixels = pixelsPerChannel(x);
      return [dx, mul(reshape(meanProduct, gamma.shape), pixels), mul(meanGradient, pixels)];
    }),
  ];
};

/** Means over batch and pixels, [N, C, H, W] -> [C]. */
function channelSums({ largeMap }: CpuTuning) {
  const isLarge = ({ shape: [, , h, w] }: Tensor): boolean => h * w >= largeMap;
  const overImages = (y: Tensor): Tensor => (y.shape[0] === 1 ? reshape(y, [y.shape[1]]) : mean(y, [0])); // [N,C] -> [C]
  /** Taken in stages, of large maps row by row: short sums of sums round less than one long one. */
  const channelMean = (x: Tensor): Tensor => overImages(isLarge(x) ? mean(mean(x, [3]), [2]) : mean(x, [2, 3]));
  return {
    mean: channelMean,
    /** Over a large map a sum of products is a matrix product, which does not store the products. */
    meanOfProducts(x: Tensor, y: Tensor): Tensor {
      const [n, c, h, w] = x.shape;
      if (!isLarge(x)) return channelMean(mul(x, y));
      const rows = (z: Tensor) => reshape(z, [n * c, 1, h * w]);
      return mul(overImages(reshape(matmul(rows(x), rows(y), { b: true }), [n, c])), 1 / (h * w));
    },
  };
}

/** x gamma / sqrt(variance + epsilon) + beta for x [N, C, H, W], which is centred already, and gamma, beta, variance [C]. */
const scaleCentredOp = defineOp<BatchNormAttributes>({
  name: 'batchNormScaleCentred',
  keepsCells: true,
  infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  gradient: 'unsupported',
  emit: ({ writer, inputs: [x, gamma, beta, variance], outputs, attributes, inputTypes }) =>
    emitNormalised(writer, { x, gamma, beta, variance }, inputTypes[1].shape, attributes, outputs[0]),
});

/** x factor / sqrt(variance + epsilon) for x [1, C, 1, 1] and factor, variance [C]. */
const overSigmaOp = defineOp<BatchNormAttributes>({
  name: 'batchNormOverSigma',
  infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  gradient: 'unsupported',
  emit: ({ writer, inputs: [x, gamma, variance], outputs, attributes, inputTypes }) =>
    emitNormalised(writer, { x, gamma, variance }, inputTypes[1].shape, attributes, outputs[0]),
});

export const batchNormEmissions = [
  emissionOf(batchNormOp, ({ writer, inputs, outputs, attributes }) =>
    writer.node('BatchNormalization', inputs, outputs, { epsilon: { float: attributes.epsilon } }),
  ),
  emissionOf(batchNormTrainingOp, emitInOneNode),
  emissionOf(scaleCentredOp, ({ writer, inputs: [x, gamma, beta, variance], outputs, attributes, inputTypes }) => {
    // As a convolution of each channel by itself, which takes both threads, and with which the runtime joins a ReLU.
    const [channels] = inputTypes[1].shape;
    const ones = writer.constant(new Float32Array(channels).fill(1), 'float32', [1, channels, 1, 1]);
    const scale = writer.fresh('scale');
    emitOverSigma(writer, { x: ones, gamma, variance }, channels, attributes, scale);
    const kernel = writer.reshape(scale, [channels, 1, 1, 1]);
    writer.node('Conv', [x, kernel, beta], outputs, { kernel_shape: [1, 1], group: channels });
  }),
  emissionOf(overSigmaOp, ({ writer, inputs: [x, gamma, variance], outputs, attributes, inputTypes }) =>
    emitOverSigma(writer, { x, gamma, variance }, inputTypes[1].shape[0], attributes, outputs[0]),
  ),
];

/** The statistics and what they make of x, by one node of the runtime. */
function emitInOneNode({ writer, inputs, outputs, attributes, inputTypes }: EmitContext<BatchNormAttributes>): void {
  // With momentum 0 the running statistics that the node returns are those of the batch. It writes them over its inputs,
  // which no other node may therefore read. The runtime never merges random values, nor computes them beforehand.
  const [running, runningVariance] = [0, 1].map(() =>
    writer.value('RandomUniform', [], { shape: inputTypes[1].shape }),
  );
  const [y, average, variance] = outputs.map((name) => name || writer.fresh('statistic'));
  writer.node('BatchNormalization', [...inputs, running, runningVariance], [y, average, variance], {
    epsilon: { float: attributes.epsilon },
    momentum: { float: 0 },
    training_mode: 1,
  });
}

/** x gamma / sqrt(variance + epsilon) for x [1, C, 1, 1]: a batch norm of one pixel is one node in place of several. */
function emitOverSigma(
  writer: GraphWriter,
  { x, gamma, variance }: BatchNormValues,
  channels: number,
  { epsilon }: BatchNormAttributes,
  output: string,
): void {
  const zeros = writer.constant(new Float32Array(channels), 'float32', [channels]);
  writer.node('BatchNormalization', [x, gamma, zeros, zeros, variance], [output], { epsilon: { float: epsilon } });
}
