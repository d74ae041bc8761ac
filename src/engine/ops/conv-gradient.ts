/** Gradients of a convolution by its input and by its weights, in the forms that were fastest on a CPU. */
import { defineOp, type EmitUse } from '../op.js';
import { type Shape, sizeOf, type Tensor } from '../tensor.js';
import { type ConvAttributes, cropKernel, croppedWindow, liveTaps, type Pair, tapRange } from './conv.js';
import { emitConvInputGradient64, emitConvWeightGradient64 } from './conv-float64.js';

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
      emitFlippedConvolution(use, cropKernel(use.writer, use.inputs[1], use.attributes.kernel, live), kernel, pads);
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
    const exchange = new Float32Array(taps * taps);
    for (let i = 0; i < taps; i++) exchange[i * taps + taps - 1 - i] = 1;
    const flat = writer.value('Reshape', [weight, writer.int64s([o * c, taps])]);
    const reversed = writer.value('MatMul', [flat, writer.constant(exchange, 'float32', [taps, taps])]);
    weight = writer.value('Reshape', [reversed, writer.int64s([o, c, kh, kw])]);
  }
  const exchanged = writer.value('Transpose', [weight], { perm: [1, 0, 2, 3] });
  writer.node('Conv', [inputs[0], exchanged], outputs, {
    kernel_shape: [kh, kw],
    strides: [1, 1],
    dilations: attributes.dilation,
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

/** dW of a convolution: x [N, C, H, W] and dY [N, O, H', W'] -> [O, C / groups, kh, kw]. */
export const convWeightGradient = (x: Tensor, dy: Tensor, attributes: ConvAttributes): Tensor =>
  weightGradientOp([x, dy], attributes)[0];

const weightGradientOp = defineOp<ConvAttributes>({
  name: 'convWeightGradient',
  infer: ([x, dy], { kernel, groups }) => ({
    shape: [dy.shape[1], x.shape[1] / groups, ...kernel],
    dtype: 'float32',
  }),
  gradient: null,
  emit: (use) => {
    if (use.writer.precision === 'float64') return emitConvWeightGradient64(use);
    const { kernel, stride, dilation, padding, groups } = use.attributes;
    const [, , h, w] = use.inputTypes[0].shape;
    const d = dilation[0];
    const same =
      groups === 1 &&
      [...kernel].every((k) => k === 3) &&
      [...stride].every((s) => s === 1) &&
      [...dilation, ...padding].every((n) => n === d);
    const waste = ((h + 2 * d) * (w + d)) / (h * w);
    if (same && waste <= MOST_WASTE) emitShiftedRows(use);
    else emitTaps(use);
  },
});

/** Above this share of wasted products the zero columns between rows cost more than the copies they save. */
const MOST_WASTE = 1.45;

/**
 * All nine taps of a 3x3 kernel as one product. With d zeros after each row (width V = W + d), a shift by u rows and
 * v columns is a shift by u d V + v d in flat memory. Three copies of dY, each d V further than the last, and three of
 * x, each d nearer, read as rows of K = (H + 2d) V, give
 *   S[o, a, c, b] = sum_f dY[o, f - a d V] x[c, f - d V - d + b d] = dW[o, c, a, b].
 */
function emitShiftedRows({ writer, inputs, outputs, attributes, inputTypes }: EmitUse<ConvAttributes>): void {
  const [x, dy] = inputs;
  const [n, c, h, w] = inputTypes[0].shape;
  const o = inputTypes[1].shape[1];
  const d = attributes.dilation[0];
  const v = w + d;
  const k = (h + 2 * d) * v;
  const flat = (name: string, channels: number) => {
    const wide = writer.value('Pad', [name, writer.int64s([0, 0, 0, 0, 0, 0, 0, d]), writer.scalar(0)]);
    return writer.value('Reshape', [wide, writer.int64s([n, channels, h * v])]);
  };
  const zeros = (channels: number, length: number) => writer.filled(0, [n, channels, length]);
  const copies = (parts: readonly string[], channels: number) => {
    const joined = writer.value('Concat', parts, { axis: 2 }); // [N, C, 3 K]
    return writer.value('Reshape', [joined, writer.int64s([n, channels * 3, k])]);
  };
  const g = flat(dy, o);
  const between = zeros(o, 3 * d * v);
  const gradient = copies([g, between, g, between, g], o);
  const f = flat(x, c);
  const [ends, gap] = [zeros(c, d * v + d), zeros(c, 2 * d * v - d)];
  const input = copies([ends, f, gap, f, gap, f, ends], c);
  const product = writer.value('FusedMatMul', [gradient, input], { transB: 1 }, 'com.microsoft'); // [N, 3 O, 3 C]
  const total = n === 1 ? product : writer.value('ReduceSum', [product, writer.int64s([0])], { keepdims: 0 });
  const split = writer.value('Reshape', [total, writer.int64s([o, 3, c, 3])]);
  writer.node('Transpose', [split], outputs, { perm: [0, 2, 1, 3] });
}

/** One product a tap, of the parts of x and dY that really meet; any kernel, stride, dilation, padding and groups. */
function emitTaps({ writer, inputs, outputs, attributes, inputTypes }: EmitUse<ConvAttributes>): void {
  const { kernel, stride, dilation, padding, groups } = attributes;
  const [n, c, h, w] = inputTypes[0].shape;
  const [, o, oh, ow] = inputTypes[1].shape;
  const [co, cc] = [o / groups, c / groups];
  const cut = (name: string, rows: Pair, columns: Pair, step: Pair, whole: Pair) =>
    rows[0] === 0 && columns[0] === 0 && rows[1] === whole[0] && columns[1] === whole[1] && step.every((s) => s === 1)
      ? name
      : writer.value('Slice', [
          name,
          writer.int64s([rows[0], columns[0]]),
          writer.int64s([rows[1], columns[1]]),
          writer.int64s([2, 3]),
          writer.int64s(step),
        ]);
  const taps: string[] = [];
  for (let u = 0; u < kernel[0]; u++) {
    for (let v = 0; v < kernel[1]; v++) {
      const rows = tapRange(h, oh, u, 0, attributes);
      const columns = tapRange(w, ow, v, 1, attributes);
      if (rows[0] >= rows[1] || columns[0] >= columns[1]) {
        taps.push(writer.filled(0, [1, groups, co, cc]));
        continue;
      }
      const [top, left] = [u * dilation[0] - padding[0], v * dilation[1] - padding[1]];
      const span = (range: Pair, offset: number, s: number): Pair => [
        range[0] * s + offset,
        (range[1] - 1) * s + offset + 1,
      ];
      const met = cut(inputs[0], span(rows, top, stride[0]), span(columns, left, stride[1]), stride, [h, w]);
      const gradient = cut(inputs[1], rows, columns, [1, 1], [oh, ow]);
      const pixels = (rows[1] - rows[0]) * (columns[1] - columns[0]);
      const a = writer.value('Reshape', [gradient, writer.int64s([n, groups, co, pixels])]);
      const b = writer.value('Reshape', [met, writer.int64s([n, groups, cc, pixels])]);
      const product = writer.value('FusedMatMul', [a, b], { transB: 1 }, 'com.microsoft'); // [N, G, O/G, C/G]
      taps.push(n === 1 ? product : writer.value('ReduceSum', [product, writer.int64s([0])], { keepdims: 1 }));
    }
  }
  const shape = [o, cc, ...kernel];
  if (taps.length === 1) {
    writer.node('Reshape', [taps[0], writer.int64s(shape)], outputs);
    return;
  }
  const stacked = writer.value('Concat', taps, { axis: 0 }); // [taps, G, O/G, C/G]
  const table = writer.value('Reshape', [stacked, writer.int64s([taps.length, sizeOf(shape) / taps.length])]);
  const transposed = writer.value('Transpose', [table], { perm: [1, 0] });
  writer.node('Reshape', [transposed, writer.int64s(shape)], outputs);
}
