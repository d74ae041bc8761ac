/** Reverse-mode differentiation: one walk from the loss back, the only place where gradients are added. */
import { labelled } from './op.js';
import { add } from './ops/elementwise.js';
import { constant } from './ops/source.js';
import { nodesOf, type Tensor } from './tensor.js';

/**
 * Gradients of a scalar.
 * @param loss shape []
 * @param of tensors to differentiate by
 * @returns one tensor for each of `of`, of its shape; zeros where the loss does not depend on it
 */
export function gradients(loss: Tensor, of: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0) throw new Error(`a gradient is taken of a scalar, not of shape [${loss.shape}]`);
  const nodes = nodesOf([loss]);
  const depends = new Set<Tensor>(of); // tensors through which the loss depends on one of `of`
  for (const node of nodes) {
    if (node.rules.differentiable && node.inputs.some((input) => depends.has(input)))
      for (const output of node.outputs) depends.add(output);
  }
  const total = new Map<Tensor, Tensor>([[loss, constant(1)]]);
  for (const node of nodes.reverse()) {
    if (!node.outputs.some((output) => total.has(output) && depends.has(output))) continue;
    if (!node.inputs.some((input) => depends.has(input))) continue;
    const flowing = node.outputs.map((output) => total.get(output) ?? null);
    labelled(`${node.label}'`, () => {
      const parts = node.rules.gradient({
        inputs: node.inputs,
        outputs: node.outputs,
        attributes: node.attributes,
        get gradient() {
          const first = flowing[0];
          if (!first) throw new Error(`${node.rules.name} has no gradient from its other outputs`);
          return first;
        },
        gradients: flowing,
      });
      for (const [i, input] of node.inputs.entries()) {
        const part = parts[i];
        if (!part || !depends.has(input)) continue;
        const sum = total.get(input);
        total.set(input, sum ? add(sum, part) : part);
      }
    });
  }
  return of.map((tensor) => total.get(tensor) ?? constant(0, tensor.shape));
}
