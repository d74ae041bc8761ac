/** Max and average pooling. */
import { byWindow } from '../grid.js';
import { defineOp } from '../op.js';
import type { Shape, Tensor } from '../tensor.js';
import { maxPoolGradient } from './max-pool-gradient.js';
import { type Resampling, resample } from './resampling.js';
import { type Pair, paddingAttributes, type Window, type WindowOptions, windowOf, windowOutput } from './window.js';

/**
 * Largest pixel of each window; padding never wins. The gradient goes to the first largest pixel.
 * @param x [N, C, H, W]
 */
export const maxPool = (x: Tensor, kernel: number | Pair, options: WindowOptions = {}): Tensor => {
  const window = windowOf(kernel, options, x.shape);
  return byWindow(maxPoolOp([x], window)[0], x, window);
};

export const maxPoolOp = defineOp<Window>({
  name: 'maxPool',
  infer: ([x], window) => {
    checkPadding(window);
    const shape = [...x.shape.slice(0, 2), ...windowOutput(x.shape, window)];
    return [
      { shape, dtype: 'float32' },
      { shape, dtype: 'int64' },
    ];
  },
  gradient: ({ inputs: [x], outputs: [y, indices], attributes, gradient }) => [
    maxPoolGradient(x, y, indices, gradient, attributes),
  ],
  emit: ({ writer, inputs, outputs, used, attributes }) => {
    const { name, capabilities } = writer.target;
    if (used[1] && !capabilities.poolIndices)
      throw new Error(`the target ${name} has no max pooling with indices: give it a rewrite of maxPoolGradient`);
    // The indices make the pooling several times slower: they are asked for only where something reads them.
    writer.node('MaxPool', inputs, used[1] ? outputs : [outputs[0]], {
      kernel_shape: attributes.kernel,
      strides: attributes.stride,
      dilations: attributes.dilation,
      ...paddingAttributes(attributes, writer.dynamic),
    });
  },
});

/**
 * Mean of each window over its real pixels: padding counts neither above nor below the line.
 * @param x [N, C, H, W]
 */
export const avgPool = (x: Tensor, kernel: number | Pair, options: WindowOptions = {}): Tensor => {
  const window = windowOf(kernel, options, x.shape);
  return byWindow(avgPoolOp([x], window)[0], x, window);
};

export const avgPoolOp = defineOp<Window>({
  name: 'avgPool',
  infer: ([x], window) => {
    checkPadding(window);
    if (window.dilation.some((d) => d !== 1)) throw new Error('average pooling has no dilation');
    return { shape: [...x.shape.slice(0, 2), ...windowOutput(x.shape, window)], dtype: 'float32' };
  },
  // The mean over a rectangle is the mean over rows of means over columns: two matrices, and their transposes back.
  gradient: ({ inputs: [x], outputs: [y], attributes, gradient }) => [
    resample(gradient, meanWindow(0, x.shape, y.shape, attributes), meanWindow(1, x.shape, y.shape, attributes), true),
  ],
  emit: ({ writer, inputs, outputs, attributes }) =>
    writer.node('AveragePool', inputs, outputs, {
      kernel_shape: attributes.kernel,
      strides: attributes.stride,
      ...paddingAttributes(attributes, writer.dynamic),
      count_include_pad: 0,
    }),
});

/** The resampling along one axis that takes the means over windows. */
export function meanWindow(axis: 0 | 1, input: Shape, output: Shape, { kernel, stride, padding }: Window): Resampling {
  const [inputs, outputs] = [input[2 + axis], output[2 + axis]];
  const weights = new Float64Array(outputs * inputs);
  for (let i = 0; i < outputs; i++) {
    const start = i * stride[axis] - padding[axis];
    const [from, to] = [Math.max(start, 0), Math.min(start + kernel[axis], inputs)];
    weights.fill(1 / (to - from), i * inputs + from, i * inputs + to);
  }
  return { outputs, inputs, weights };
}

function checkPadding({ kernel, dilation, padding }: Window): void {
  for (const [side, n] of padding.entries()) {
    const axis = side % 2;
    if (n > (kernel[axis] - 1) * dilation[axis]) throw new Error(`padding ${n} lets a window miss the image`);
  }
}
