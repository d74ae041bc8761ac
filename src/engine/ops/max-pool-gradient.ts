/** The gradient of max pooling. */
import { defineOp } from '../op.js';
import { sizeOf, type Tensor } from '../tensor.js';
import type { Window } from './window.js';

/**
 * dX of max pooling: each gradient goes to the first largest pixel of its window, in row-major order.
 * @param x what was pooled, [N, C, H, W]
 * @param y what came out, [N, C, H', W']
 * @param indices flat index in x of each window's largest pixel, [N, C, H', W']
 * @param dy [N, C, H', W']
 */
export const maxPoolGradient = (x: Tensor, y: Tensor, indices: Tensor, dy: Tensor, window: Window): Tensor =>
  maxPoolGradientOp([x, y, indices, dy], window)[0];

export const maxPoolGradientOp = defineOp<Window>({
  name: 'maxPoolGradient',
  infer: ([x]) => ({ shape: x.shape, dtype: 'float32' }),
  gradient: 'unsupported',
  emit: ({ writer, inputs: [, , indices, dy], outputs, outputTypes: [{ shape }] }) => {
    const zeros = writer.filled(0, [sizeOf(shape)]);
    const [at, values] = [indices, dy].map((name) => writer.reshape(name, [-1]));
    const sums = writer.value('ScatterElements', [zeros, at, values], { axis: 0, reduction: 'add' });
    writer.reshape(sums, shape, outputs[0]);
  },
});
