/**
 * The gradient of max pooling without the indices of the maxima, which the provider cannot return. What each window sees
 * is laid out tap by tap; the first tap that equals the maximum takes the window's gradient; and the gradients of the taps
 * are added up where the taps lie. Laying out is a convolution with one kernel of a single 1 for each tap, adding up is its
 * transpose: both are exact, hold for every stride, dilation and padding, and add in a fixed order.
 */
import { reshape } from '../../ops/broadcasting.js';
import { conv2dOp } from '../../ops/conv.js';
import { convInputGradient } from '../../ops/conv-gradients.js';
import { cast, equal, mul, where } from '../../ops/elementwise.js';
import { maxPoolGradientOp } from '../../ops/max-pool-gradient.js';
import { max } from '../../ops/reduce.js';
import { constant } from '../../ops/source.js';
import { type Pair, type Window, windowOutput } from '../../ops/window.js';
import { type Shape, sizeOf, type Tensor } from '../../tensor.js';
import { rewriteOf } from '../target.js';

export const maxPoolRewrite = rewriteOf(maxPoolGradientOp, ([x, y, , dy], window) => [
  gradientByTaps(x, y, dy, window),
]);

/** @param x what was pooled, [N, C, H, W]; y and dy, its maxima and their gradient, [N, C, H', W'] */
function gradientByTaps(x: Tensor, y: Tensor, dy: Tensor, window: Window): Tensor {
  const [n, c, h, w] = x.shape;
  const [oh, ow] = windowOutput(x.shape, window);
  const taps = sizeOf(window.kernel);
  const convolution = { ...window, groups: 1 };
  // Every channel is an image of its own.
  const input: Shape = [n * c, 1, h, w];
  const alone = (map: Tensor) => reshape(map, [n * c, 1, oh, ow]);
  const kernels = constant(singleTaps(taps), [taps, 1, ...window.kernel]);
  const [seen] = conv2dOp([reshape(x, input), kernels], convolution); // [N C, taps, H', W']
  // The first tap has the highest rank; padding, which the convolution sees as 0, has the rank of a tap that loses.
  const rank = mul(cast(equal(seen, alone(y)), 'float32'), ranks(x.shape, [oh, ow], window));
  const part = where(equal(rank, max(rank, [1], true)), alone(dy), 0);
  return reshape(convInputGradient(part, kernels, { convolution, biased: false, input }), x.shape);
}

/** For each tap a kernel that is 1 there and 0 elsewhere. */
const singleTaps = (taps: number): Float32Array =>
  Float32Array.from({ length: taps ** 2 }, (_, i) => Number(i % (taps + 1) === 0));

/** [1, taps, H', W'], or [1, taps, 1, 1] without padding: from the number of taps down to 1, and 0 where a tap sees padding. */
function ranks(shape: Shape, [oh, ow]: Pair, { kernel, stride, dilation, padding }: Window): Tensor {
  const taps = sizeOf(kernel);
  const padded = padding.some((n) => n > 0);
  const sees = (axis: 0 | 1, place: number, tap: number): boolean => {
    const at = place * stride[axis] + tap * dilation[axis] - padding[axis];
    return at >= 0 && at < shape[2 + axis];
  };
  const [rows, columns] = padded ? [oh, ow] : [1, 1];
  const values = new Float32Array(taps * rows * columns);
  for (let tap = 0; tap < taps; tap++)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        if (sees(0, i, Math.floor(tap / kernel[1])) && sees(1, j, tap % kernel[1]))
          values[(tap * rows + i) * columns + j] = taps - tap;
  return constant(values, [1, taps, rows, columns]);
}
