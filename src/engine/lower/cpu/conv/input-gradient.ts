/** The gradient of a convolution by its input, where it is not taken by tiles. */
import type { EmitContext } from '../../../op.js';
import { convInputGradientOp, type InputGradientAttributes } from '../../../ops/conv-gradients.js';
import type { Pair } from '../../../ops/window.js';
import type { CpuTuning } from '../constants.js';
import { selection } from '../selection.js';
import { blocksPay, emitBlocked } from './blocked.js';
import { cropKernel, croppedWindow, liveTaps } from './live-taps.js';

/** At stride 1 a convolution with the flipped kernel, also of each channel by itself; elsewhere the reference (ConvTranspose). */
export const emitInputGradient = (tuning: CpuTuning) => (context: EmitContext<InputGradientAttributes>) => {
  const { writer, inputs, inputTypes, attributes } = context;
  const { convolution, input } = attributes;
  const { stride, dilation, groups } = convolution;
  const [o, perGroup] = inputTypes[1].shape;
  const depthwise = perGroup === 1 && o === groups;
  const live = liveTaps(input, convolution);
  const [kernel, padding] = croppedWindow(convolution, live);
  const pads = [0, 1, 2, 3].map((side) => dilation[side % 2] * (kernel[side % 2] - 1) - padding[side]);
  const flips = (groups === 1 || depthwise) && stride.every((s) => s === 1) && pads.every((n) => n >= 0);
  if (!flips) return convInputGradientOp.emit(context);
  emitFlippedConvolution(tuning, context, cropKernel(writer, inputs[1], inputTypes[1].shape, live), kernel, pads);
};

/** dX = dY * W with both kernel axes reversed and in- and output channels of each group exchanged; for stride 1. */
function emitFlippedConvolution(
  tuning: CpuTuning,
  { writer, inputs, outputs, attributes, inputTypes }: EmitContext<InputGradientAttributes>,
  live: string,
  [kh, kw]: Pair,
  pads: readonly number[],
): void {
  const [o, c] = inputTypes[1].shape;
  const taps = kh * kw;
  let weight = live;
  if (taps > 1) {
    // Reversing by a product with the exchange matrix is faster than slicing backwards.
    const exchange = selection(taps, taps, (i) => taps - 1 - i);
    const flat = writer.reshape(weight, [o * c, taps]);
    const reversed = writer.value('MatMul', [flat, writer.constant(exchange, 'float32', [taps, taps])]);
    weight = writer.reshape(reversed, [o, c, kh, kw]);
  }
  const { dilation, groups } = attributes.convolution;
  if (blocksPay(writer, tuning, inputTypes[0].shape, [o, c], { kernel: [kh, kw], stride: [1, 1], groups })) {
    const given = [inputs[0], weight] as const;
    emitBlocked(writer, { inputs: given, output: outputs[0], weight: [o, c, kh, kw], exchanged: true, dilation, pads });
    return;
  }
  // A group of one channel has nothing to exchange.
  const exchanged = groups === 1 ? writer.value('Transpose', [weight], { perm: [1, 0, 2, 3] }) : weight;
  writer.node('Conv', [inputs[0], exchanged], outputs, {
    kernel_shape: [kh, kw],
    strides: [1, 1],
    dilations: dilation,
    pads,
    group: groups,
  });
}
