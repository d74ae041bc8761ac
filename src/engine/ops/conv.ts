/** Two-dimensional convolution. */
import { byWindow } from '../grid.js';
import { defineOp } from '../op.js';
import { showShape, type Tensor } from '../tensor.js';
import { sum } from './broadcasting.js';
import { convInputGradient, convWeightGradient } from './conv-gradients.js';
import { paddingAttributes, type Window, type WindowOptions, windowOf, windowOutput } from './window.js';

export interface ConvAttributes extends Window {
  readonly groups: number;
}

/**
 * Convolution (cross-correlation, as all frameworks have it).
 * @param x [N, C, H, W]
 * @param weight [O, C / groups, kh, kw]
 * @param bias [O]
 * @returns [N, O, H', W'], H' = floor((H + top + bottom - dilation (kh - 1) - 1) / stride) + 1
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: WindowOptions & { readonly groups?: number } = {},
): Tensor {
  const [kh, kw] = weight.shape.slice(2);
  const window = windowOf([kh, kw], options, x.shape);
  const [y] = conv2dOp(bias ? [x, weight, bias] : [x, weight], { ...window, groups: options.groups ?? 1 });
  return byWindow(y, x, window);
}

export const conv2dOp = defineOp<ConvAttributes>({
  name: 'conv2d',
  infer: ([x, weight, bias], attributes) => {
    const [outputs, perGroup] = weight.shape;
    const { groups } = attributes;
    if (perGroup * groups !== x.shape[1] || outputs % groups !== 0)
      throw new Error(`${x.shape[1]} channels do not fit weights ${showShape(weight.shape)} in ${groups} group(s)`);
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outputs))
      throw new Error(`the bias must be [${outputs}]`);
    return { shape: [x.shape[0], outputs, ...windowOutput(x.shape, attributes)], dtype: 'float32' };
  },
  gradient: ({ inputs: [x, weight, bias], attributes, gradient }) => {
    const biased = bias !== undefined;
    return [
      convInputGradient(gradient, weight, { convolution: attributes, biased, input: x.shape }),
      convWeightGradient(x, gradient, { convolution: attributes, biased }),
      ...(biased ? [sum(gradient, [0, 2, 3])] : []),
    ];
  },
  emit: ({ writer, inputs, outputs, attributes }) =>
    writer.node('Conv', inputs, outputs, {
      kernel_shape: attributes.kernel,
      strides: attributes.stride,
      dilations: attributes.dilation,
      ...paddingAttributes(attributes, writer.dynamic),
      group: attributes.groups,
    }),
});
