/** The arithmetic of a training step, counted from the shapes of its network. */
import { type ConvAttributes, nodesOf, type Shape, sizeOf, tapRange, windowOutput } from '../../src/engine/index.js';
import { buildNetwork, type NetworkOptions } from '../../src/network.js';

/**
 * Multiply-adds of all convolutions of a step, forward and backward. Products with padding do not count. A convolution
 * takes as many for the gradient of its weights as forward, and again for that of its input; the image needs none.
 */
export function stepMultiplyAdds(network: NetworkOptions, shape: readonly [n: number, h: number, w: number]): number {
  const { logits, image } = buildNetwork(network, 'train', shape);
  return nodesOf(logits.values())
    .filter(({ rules }) => rules.name === 'conv2d')
    .reduce((sum, { inputs: [x, weight], attributes }) => {
      const passes = x === image ? 2 : 3;
      return sum + passes * convMultiplyAdds(x.shape, weight.shape, attributes as ConvAttributes);
    }, 0);
}

function convMultiplyAdds(input: Shape, weight: Shape, window: ConvAttributes): number {
  const output = windowOutput(input, window);
  const meetings = [0, 1].map((axis) =>
    Array.from({ length: window.kernel[axis] }, (_, tap) => {
      const [from, to] = tapRange(input[2 + axis], output[axis], tap, axis, window);
      return Math.max(0, to - from);
    }).reduce((a, b) => a + b, 0),
  );
  return input[0] * sizeOf(weight.slice(0, 2)) * meetings[0] * meetings[1];
}
