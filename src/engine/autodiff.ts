/** Reverse-mode differentiation: one walk back from the loss. Only this walk adds gradients of several readers. */
import { type GradientRule, labelled, showNode } from './op.js';
import { add } from './ops/elementwise.js';
import { constant } from './ops/source.js';
import { type Node, nodesOf, sameShape, showShape, type Tensor } from './tensor.js';

/**
 * Gradients of a scalar.
 * @param loss shape []
 * @param of tensors to differentiate by
 * @returns one tensor for each of `of`, of its shape; zeros where the loss does not depend on it
 * @throws Error where the loss depends on one of `of` through an op that cannot be differentiated (a second derivative
 *   of most layers), and where a gradient rule breaks its contract
 */
export function gradients(loss: Tensor, of: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0)
    throw new Error(`a gradient is taken of a scalar, not of shape ${showShape(loss.shape)}`);
  const nodes = nodesOf([loss]);
  const depends = new Set<Tensor>(of); // tensors through which the loss depends on one of `of`
  for (const node of nodes) {
    if (node.rules.gradient !== 'zero' && node.inputs.some((input) => depends.has(input)))
      for (const output of node.outputs) depends.add(output);
  }
  /** Gradient of the loss by each tensor, summed over those of its readers that were visited. */
  const adjoints = new Map<Tensor, Tensor>([[loss, constant(1)]]);
  for (const node of nodes.reverse()) {
    if (!node.outputs.some((output) => adjoints.has(output) && depends.has(output))) continue;
    if (!node.inputs.some((input) => depends.has(input))) continue;
    labelled(`${node.label}'`, () => {
      const found = inputGradients(
        node,
        node.outputs.map((output) => adjoints.get(output) ?? null),
      );
      for (const [i, input] of node.inputs.entries()) {
        const gradient = found[i];
        if (!gradient || !depends.has(input)) continue;
        const others = adjoints.get(input);
        adjoints.set(input, others ? add(others, gradient) : gradient);
      }
    });
  }
  return of.map((tensor) => adjoints.get(tensor) ?? constant(0, tensor.shape));
}

/** The gradients of a node's inputs by its rule, checked against the contract of `GradientRule`. */
function inputGradients(node: Node, outputGradients: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
  const { inputs, outputs, attributes } = node;
  const found = ruleOf(node)({
    inputs,
    outputs,
    attributes,
    get gradient() {
      const others = outputGradients.findIndex((gradient, slot) => slot > 0 && gradient !== null);
      const [first] = outputGradients;
      if (others > 0 || !first)
        throw new Error(
          `${showNode(node)} has a gradient rule for its first output only: output ${others} has no way back`,
        );
      return first;
    },
    gradients: outputGradients,
  });
  if (found.length !== inputs.length)
    throw new Error(
      `the gradient rule of ${showNode(node)} returns ${found.length} gradients for ${inputs.length} inputs`,
    );
  for (const [i, gradient] of found.entries()) {
    if (gradient && !sameShape(gradient.shape, inputs[i].shape))
      throw new Error(
        `the gradient rule of ${showNode(node)} returns ${showShape(gradient.shape)} for input ${i}, ` +
          `which is ${showShape(inputs[i].shape)}`,
      );
  }
  return found;
}

function ruleOf(node: Node): GradientRule<object> {
  const { gradient } = node.rules;
  if (gradient === 'unsupported')
    throw new Error(
      `${showNode(node)} cannot be differentiated: it has no gradient rule, and its derivative is not zero` +
        `${node.label.endsWith("'") ? '. It is part of a gradient, so this is a second derivative' : ''}`,
    );
  // An op whose derivative is zero passes no gradient to its inputs.
  return typeof gradient === 'function' ? gradient : () => node.inputs.map(() => null);
}
