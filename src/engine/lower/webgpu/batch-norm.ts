/**
 * Batch normalisation on a GPU, where every node costs the start of a kernel, whatever its size. The operator with given
 * statistics is one node, so it normalises, and does what is of that form in the gradient. There is none with the
 * statistics of the batch.
 */
import type { GraphWriter, Reduction } from '../../onnx/writer.js';
import {
  type BatchNormAttributes,
  type BatchNormValues,
  batchNormOp,
  batchNormTrainingGradientOp,
  batchNormTrainingOp,
  pixelsPerChannel,
} from '../../ops/batch-norm.js';
import type { Shape } from '../../tensor.js';
import { emissionOf } from '../target.js';

export const batchNormEmissions = [
  emissionOf(batchNormOp, ({ writer, inputs: [x, gamma, beta, mean, variance], outputs, attributes }) =>
    emitNormalised(writer, { x, gamma, beta, mean, variance }, attributes, outputs[0]),
  ),
  emissionOf(batchNormTrainingOp, ({ writer, inputs: [x, gamma, beta], outputs, attributes, inputTypes: [map] }) => {
    const [mean, variance] = [1, 2].map((i) => outputs[i] || writer.fresh('statistic'));
    emitPerChannel(writer, 'ReduceMean', x, map.shape, mean);
    const centred = writer.value('Sub', [x, emitColumn(writer, mean, map.shape)]);
    emitPerChannel(writer, 'ReduceMean', writer.value('Mul', [centred, centred]), map.shape, variance);
    emitNormalised(writer, { x, gamma, beta, mean, variance }, attributes, outputs[0]);
  }),
  // xhat = (x - mean) / sigma; dbeta = sum dy, dgamma = sum dy xhat,
  // dx = gamma / sigma (dy - xhat dgamma / M - dbeta / M) for M pixels a channel.
  emissionOf(batchNormTrainingGradientOp, ({ writer, inputs, outputs, attributes, inputTypes: [map, , vector] }) => {
    const [dy, x, gamma, mean, variance] = inputs;
    const [dx, dgamma, dbeta] = outputs.map((name) => name || writer.fresh('gradient'));
    const [zeros, ones] = [0, 1].map((value) => writer.filled(value, vector.shape));
    const xhat = emitNormalised(writer, { x, gamma: ones, beta: zeros, mean, variance }, attributes);
    emitPerChannel(writer, 'ReduceSum', dy, map.shape, dbeta);
    emitPerChannel(writer, 'ReduceSum', writer.value('Mul', [dy, xhat]), map.shape, dgamma);
    if (!outputs[0]) return;
    const overPixels = (sum: string) => writer.value('Mul', [sum, writer.scalar(1 / pixelsPerChannel(map))]);
    const part = writer.value('Mul', [xhat, emitColumn(writer, overPixels(dgamma), map.shape)]);
    const rest = writer.value('Sub', [dy, part]);
    emitNormalised(writer, { x: rest, gamma, beta: zeros, mean: overPixels(dbeta), variance }, attributes, dx);
  }),
];

/** (x - mean) gamma / sqrt(variance + epsilon) + beta in one node. */
function emitNormalised(
  writer: GraphWriter,
  { x, gamma, beta, mean, variance }: Required<BatchNormValues>,
  { epsilon }: BatchNormAttributes,
  output = writer.fresh('normalised'),
): string {
  writer.node('BatchNormalization', [x, gamma, beta, mean, variance], [output], { epsilon: { float: epsilon } });
  return output;
}

/**
 * A sum or mean over batch and pixels, [N, C, H, W] -> [C]: of every image first, because the provider would transpose the
 * whole map to sum over its first axis as well, and because a sum of short sums rounds less.
 */
function emitPerChannel(writer: GraphWriter, type: Reduction, x: string, [n, c]: Shape, output: string): void {
  const ofImages = writer.reduce(type, x, [2, 3], false);
  if (n === 1) writer.reshape(ofImages, [c], output);
  else writer.reduce(type, ofImages, [0], false, output);
}

/** [C] -> [1, C, 1, 1] */
const emitColumn = (writer: GraphWriter, name: string, [, c]: Shape): string => writer.reshape(name, [1, c, 1, 1]);
