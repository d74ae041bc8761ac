/** Gradients of a convolution y = w * x by its input and by its weights. */
import { defineOp } from '../op.js';
import type { Shape, Tensor } from '../tensor.js';
import type { ConvAttributes } from './conv.js';

export interface ConvGradientAttributes {
  /** Those of the convolution whose gradient is taken: the same object, for targets that rewrite them together. */
  readonly convolution: ConvAttributes;
  /** Whether it has a bias. */
  readonly biased: boolean;
}

export interface InputGradientAttributes extends ConvGradientAttributes {
  /** Shape of the gradient: that of x. */
  readonly input: Shape;
}

/** dX: dY [N, O, H', W'] and weights [O, C / groups, kh, kw] -> [N, C, H, W]. */
export const convInputGradient = (dy: Tensor, weight: Tensor, attributes: InputGradientAttributes): Tensor =>
  convInputGradientOp([dy, weight], attributes)[0];

export const convInputGradientOp = defineOp<InputGradientAttributes>({
  name: 'convInputGradient',
  infer: (_, { input }) => ({ shape: input, dtype: 'float32' }),
  gradient: 'unsupported',
  emit: ({ writer, inputs, outputs, attributes: { convolution, input }, inputTypes: [dy] }) => {
    const { kernel, stride, dilation, padding, groups } = convolution;
    // Pixels beyond the last window have no gradient: the operator is told how many.
    const missing = [0, 1].map((axis) => {
      const covered = (dy.shape[2 + axis] - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1;
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
  },
});

/** dW: x [N, C, H, W] and dY [N, O, H', W'] -> [O, C / groups, kh, kw]. */
export const convWeightGradient = (x: Tensor, dy: Tensor, attributes: ConvGradientAttributes): Tensor =>
  convWeightGradientOp([x, dy], attributes)[0];

/**
 * dW[o, c, a, b] = sum over n, p, q of dY[n, o, p, q] x[n, c, p stride + a dilation - padding, ...], which is itself a
 * convolution: of x, its images taken for channels and its channels for images, by the kernel dY, with stride and
 * dilation exchanged. Of what it yields the first kh x kw pixels are the gradient.
 */
export const convWeightGradientOp = defineOp<ConvGradientAttributes>({
  name: 'convWeightGradient',
  infer: ([x, dy], { convolution }) => ({
    shape: [dy.shape[1], x.shape[1] / convolution.groups, ...convolution.kernel],
    dtype: 'float32',
  }),
  gradient: 'unsupported',
  emit: ({ writer, inputs, outputs, attributes, inputTypes: [x, dy] }) => {
    const { kernel, stride, dilation, padding, groups } = attributes.convolution;
    const [n, c, ...size] = x.shape;
    const [, , ...places] = dy.shape;
    const split = writer.reshape(inputs[0], [n, groups, c / groups, ...size]);
    const ordered = writer.value('Transpose', [split], { perm: [2, 1, 0, 3, 4] }); // [C/G, G, N, H, W]
    const image = writer.reshape(ordered, [c / groups, groups * n, ...size]);
    const kernels = writer.value('Transpose', [inputs[1]], { perm: [1, 0, 2, 3] }); // [O, N, H', W']
    const sums = writer.value('Conv', [image, kernels], {
      kernel_shape: places,
      strides: dilation,
      dilations: stride,
      pads: padding,
      group: groups,
    }); // [C/G, O, kh or more, kw or more]
    const bounds = [[0, 0], kernel, [2, 3]].map((list) => writer.int64s(list));
    writer.node('Transpose', [writer.value('Slice', [sums, ...bounds])], outputs, { perm: [1, 0, 2, 3] });
  },
});
