/**
 * Convolution and its gradients in float64: each is one matrix product with the pixels that the taps of a window see.
 * A tap sees some rows and columns, so its pixels are a resampling by matrices of 0 and 1, and the gradient by the image
 * is the transpose of that, whatever the stride, dilation and padding.
 */
import type { GraphWriter } from '../../onnx/writer.js';
import type { EmitContext } from '../../op.js';
import { type ConvAttributes, conv2dOp } from '../../ops/conv.js';
import {
  type ConvGradientAttributes,
  convInputGradientOp,
  convWeightGradientOp,
  type InputGradientAttributes,
} from '../../ops/conv-gradients.js';
import { emitTransposed } from '../../ops/matmul.js';
import { emitResampling, type Resampling } from '../../ops/resampling.js';
import { windowOutput } from '../../ops/window.js';
import { type Shape, sizeOf } from '../../tensor.js';
import { emissionOf } from '../target.js';

export const convEmissions = [
  emissionOf(conv2dOp, emitConv),
  emissionOf(convInputGradientOp, emitInputGradient),
  emissionOf(convWeightGradientOp, emitWeightGradient),
];

/** Sizes of a convolution of an image [N, C, H, W], and the matrices that pick its taps. */
function geometry([n, c, ...size]: Shape, attributes: ConvAttributes) {
  const { kernel, stride, dilation, padding, groups } = attributes;
  const [oh, ow] = windowOutput([n, c, ...size], attributes);
  const perGroup = (c / groups) * sizeOf(kernel); // K: rows of a group's taps, channel by channel
  const picks = (axis: 0 | 1, outputs: number): Resampling => {
    const inputs = size[axis];
    const weights = new Float64Array(kernel[axis] * outputs * inputs);
    for (let tap = 0; tap < kernel[axis]; tap++) {
      for (let i = 0; i < outputs; i++) {
        const at = i * stride[axis] + tap * dilation[axis] - padding[axis];
        if (at >= 0 && at < inputs) weights[(tap * outputs + i) * inputs + at] = 1;
      }
    }
    return { outputs: kernel[axis] * outputs, inputs, weights };
  };
  return { n, c, oh, ow, perGroup, rows: picks(0, oh), columns: picks(1, ow) };
}

/** x [N, C, H, W] -> [N, G, K, H' W']: for each output pixel the pixels that its window sees. */
function tapsOf(writer: GraphWriter, x: string, shape: Shape, attributes: ConvAttributes): string {
  const { n, c, oh, ow, perGroup, rows, columns } = geometry(shape, attributes);
  const [kh, kw] = attributes.kernel;
  const picked = writer.fresh('taps');
  emitResampling(writer, [x, picked], rows, columns); // [N, C, kh H', kw W']
  const split = writer.reshape(picked, [n, c, kh, oh, kw, ow]);
  const ordered = writer.value('Transpose', [split], { perm: [0, 1, 2, 4, 3, 5] });
  return writer.reshape(ordered, [n, attributes.groups, perGroup, oh * ow]);
}

/** Y = W X: [G, O/G, K] x [N, G, K, P] -> [N, G, O/G, P]. */
function emitConv({ writer, inputs, outputs, attributes, inputTypes }: EmitContext<ConvAttributes>): void {
  const [x, weight] = inputTypes;
  const { n, oh, ow, perGroup } = geometry(x.shape, attributes);
  const [o] = weight.shape;
  const taps = tapsOf(writer, inputs[0], x.shape, attributes);
  const product = writer.value('MatMul', [weightTable(writer, inputs[1], o, perGroup, attributes), taps]);
  const shape = [n, o, oh, ow];
  if (inputs.length === 2) {
    writer.reshape(product, shape, outputs[0]);
    return;
  }
  const bias = writer.reshape(inputs[2], [1, o, 1, 1]);
  writer.node('Add', [writer.reshape(product, shape), bias], outputs);
}

/** dX = W^T dY: [G, K, O/G] x [N, G, O/G, P] -> [N, G, K, P], and every tap back to where it came from. */
function emitInputGradient(context: EmitContext<InputGradientAttributes>): void {
  const { writer, inputs, outputs, inputTypes } = context;
  const { convolution: attributes, input } = context.attributes;
  const { n, c, oh, ow, perGroup, rows, columns } = geometry(input, attributes);
  const [kh, kw] = attributes.kernel;
  const o = inputTypes[1].shape[0];
  const table = emitTransposed(writer, weightTable(writer, inputs[1], o, perGroup, attributes), 3);
  const gradient = writer.reshape(inputs[0], [n, attributes.groups, o / attributes.groups, oh * ow]);
  const taps = writer.value('MatMul', [table, gradient]);
  const split = writer.reshape(taps, [n, c, kh, kw, oh, ow]);
  const ordered = writer.value('Transpose', [split], { perm: [0, 1, 2, 4, 3, 5] });
  const picked = writer.reshape(ordered, [n, c, kh * oh, kw * ow]);
  emitResampling(writer, [picked, outputs[0]], rows, columns, true);
}

/** dW = sum_n dY X^T: [N, G, O/G, P] x [N, G, P, K] -> [N, G, O/G, K]. */
function emitWeightGradient(context: EmitContext<ConvGradientAttributes>): void {
  const { writer, inputs, outputs, inputTypes, outputTypes } = context;
  const { convolution: attributes } = context.attributes;
  const [x, dy] = inputTypes;
  const { groups } = attributes;
  const [n, o, oh, ow] = dy.shape;
  const taps = emitTransposed(writer, tapsOf(writer, inputs[0], x.shape, attributes), 4);
  const gradient = writer.reshape(inputs[1], [n, groups, o / groups, oh * ow]);
  const product = writer.value('MatMul', [gradient, taps]);
  const sum = writer.value('ReduceSum', [product, writer.int64s([0])], { keepdims: 0 });
  writer.reshape(sum, outputTypes[0].shape, outputs[0]);
}

/** Weights [O, C/G, kh, kw] -> [G, O/G, K]. */
const weightTable = (writer: GraphWriter, weight: string, o: number, perGroup: number, { groups }: ConvAttributes) =>
  writer.reshape(weight, [groups, o / groups, perGroup]);
