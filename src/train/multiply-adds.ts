/** The multiply-adds of a network, counted from the shapes of its graph. */
import { type ConvAttributes, nodesOf, type Shape, sizeOf, tapRange, windowOutput } from '../engine/index.js';
import { buildNetwork, type NetworkOptions } from '../network.js';

type ImageShape = readonly [n: number, h: number, w: number];

/**
 * Multiply-adds of all convolutions of a training step, forward and backward, by the definition of a convolution: a
 * faster algorithm (Winograd) does fewer. Products with padding do not count. The gradient of the weights takes as
 * many as the forward pass, and so does the gradient of the input, which the convolution that reads the image does not
 * need.
 */
export function stepMultiplyAdds(network: NetworkOptions, shape: ImageShape): number {
  const { logits, image } = buildNetwork(network, 'evaluate', shape);
  return sumOver(nodesOf(logits.values()), 'conv2d', ({ inputs: [x, weight], attributes }) => {
    const passes = x === image ? 2 : 3;
    return passes * convMultiplyAdds(x.shape, weight.shape, attributes as ConvAttributes);
  });
}

/**
 * Multiply-adds of the forward pass: of all convolutions and matrix products up to the logits. Normalisation, ReLU,
 * pooling and resizing are left out, as is usual.
 */
export function inferenceMultiplyAdds(network: NetworkOptions, shape: ImageShape): number {
  const nodes = nodesOf(buildNetwork(network, 'evaluate', shape).logits.values());
  const convolutions = sumOver(nodes, 'conv2d', ({ inputs: [x, weight], attributes }) =>
    convMultiplyAdds(x.shape, weight.shape, attributes as ConvAttributes),
  );
  const products = sumOver(nodes, 'matmul', ({ inputs: [a], outputs: [y], attributes }) => {
    const inner = (attributes as { readonly a: boolean }).a ? -2 : -1;
    return sizeOf(y.shape) * (a.shape.at(inner) as number);
  });
  return convolutions + products;
}

type GraphNode = ReturnType<typeof nodesOf>[number];

const sumOver = (nodes: readonly GraphNode[], op: string, of: (node: GraphNode) => number): number =>
  nodes.reduce((sum, node) => (node.rules.name === op ? sum + of(node) : sum), 0);

function convMultiplyAdds(input: Shape, weight: Shape, window: ConvAttributes): number {
  const output = windowOutput(input, window);
  // Of each axis, the pairs of an output cell and a tap of the kernel that lies inside the input.
  const pairs = [0, 1].map((axis) =>
    Array.from({ length: window.kernel[axis] }, (_, tap) => {
      const [from, to] = tapRange(input[2 + axis], output[axis], tap, axis, window);
      return Math.max(0, to - from);
    }).reduce((a, b) => a + b, 0),
  );
  return input[0] * sizeOf(weight.slice(0, 2)) * pairs[0] * pairs[1];
}
