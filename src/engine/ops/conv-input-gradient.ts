/** Gradient of a convolution by its input. */
import { defineOp, type EmitUse } from '../op.js';
import type { Shape, Tensor } from '../tensor.js';
import { type ConvAttributes, cropKernel, croppedWindow, liveTaps } from './conv.js';
import { blocksPay, emitBlocked } from './conv-blocked.js';
import { emitConvInputGradient64 } from './conv-float64.js';
import { selection } from './selection.js';
import type { Pair } from './window.js';

interface InputGradient extends ConvAttributes {
  readonly input: Shape;
}

/** dX of a convolution: [N, O, H', W'] x weights -> [N, C, H, W]. */
export const convInputGradient = (dy: Tensor, weight: Tensor, input: Shape, attributes: ConvAttributes): Tensor =>
  inputGradientOp([dy, weight], { ...attributes, input })[0];

const inputGradientOp = defineOp<InputGradient>({
  name: 'convInputGradient',
  infer: (_, { input }) => ({ shape: input, dtype: 'float32' }),
  gradient: null,
  emit: (use) => {
    if (use.writer.precision === 'float64') return emitConvInputGradient64(use);
    const { stride, dilation, groups, input } = use.attributes;
    const live = liveTaps(input, use.attributes);
    const [kernel, padding] = croppedWindow(use.attributes, live);
    const pads = [0, 1, 2, 3].map((side) => dilation[side % 2] * (kernel[side % 2] - 1) - padding[side]);
    const plain = groups === 1 && stride.every((s) => s === 1) && pads.every((n) => n >= 0);
    if (plain)
      emitFlippedConvolution(use, cropKernel(use.writer, use.inputs[1], use.inputTypes[1].shape, live), kernel, pads);
    else emitConvTranspose(use);
  },
});

/** dX = dY * W with both kernel axes reversed and in- and output channels exchanged; for stride 1. */
function emitFlippedConvolution(
  { writer, inputs, outputs, attributes, inputTypes }: EmitUse<InputGradient>,
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
  const { dilation } = attributes;
  if (blocksPay(writer, inputTypes[0].shape, [o, c], { kernel: [kh, kw], stride: [1, 1], groups: 1 })) {
    const given = [inputs[0], weight] as const;
    emitBlocked(writer, { inputs: given, output: outputs[0], weight: [o, c, kh, kw], exchanged: true, dilation, pads });
    return;
  }
  const exchanged = writer.value('Transpose', [weight], { perm: [1, 0, 2, 3] });
  writer.node('Conv', [inputs[0], exchanged], outputs, {
    kernel_shape: [kh, kw],
    strides: [1, 1],
    dilations: dilation,
    pads,
    group: 1,
  });
}

function emitConvTranspose({ writer, inputs, outputs, attributes, inputTypes }: EmitUse<InputGradient>): void {
  const { kernel, stride, dilation, padding, groups, input } = attributes;
  const missing = [0, 1].map((axis) => {
    const covered = (inputTypes[0].shape[2 + axis] - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1;
    return input[2 + axis] - (covered - padding[axis] - padding[2 + axis]);
  });
  writer.node('ConvTranspose', inputs, outputs, {
    kernel_shape: kernel,
    strides: stride,
    dilations: dilation,
    pads: padding,
    output_padding: missing,
    group: groups,
  });
}
