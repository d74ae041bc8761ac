/** What the provider computes wrongly of convolutions. */
import { convInputGradient, convInputGradientOp } from '../../ops/conv-gradients.js';
import { addAll } from '../../ops/elementwise.js';
import { slice } from '../../ops/shape.js';
import { rewriteOf } from '../target.js';

/**
 * The gradient by the input of a convolution with groups, each of one input channel and of an even number of output
 * channels. Where the runtime knows the sizes of the operands, its ConvTranspose of such groups is wrong. It is right for
 * groups of one output channel, so the gradient is the sum over the first of every group, the second, and so on.
 */
export const convInputGradientRewrite = rewriteOf(convInputGradientOp, ([dy, weight], attributes) => {
  const { groups } = attributes.convolution;
  const end = dy.shape[1];
  const perGroup = end / groups;
  if (groups === 1 || attributes.input[1] !== groups || perGroup % 2 !== 0) return undefined;
  const ofEveryGroup = (start: number) => {
    const [gradient, kernels] = [
      slice(dy, { axis: 1, start, end, step: perGroup }),
      slice(weight, { axis: 0, start, end, step: perGroup }),
    ];
    return convInputGradient(gradient, kernels, attributes);
  };
  return [addAll(Array.from({ length: perGroup }, (_, i) => ofEveryGroup(i)))];
});
