/** Graphs with nodes replaced by others that compute the same. */
import { labelled } from './op.js';
import { type Node, nodesOf, type Tensor } from './tensor.js';

/**
 * What stands for the outputs of a node whose inputs have become `inputs`; undefined to leave the node.
 * The list may be shorter than the node's outputs, where nothing reads the others.
 */
export type Replacement = (node: Node, inputs: readonly Tensor[]) => readonly Tensor[] | undefined;

/** The same outputs, computed with every node replaced for which there is a replacement. */
export function rewrite(outputs: readonly Tensor[], replacement: Replacement): Tensor[] {
  const replaced = new Map<Tensor, Tensor>();
  const now = (tensor: Tensor): Tensor => replaced.get(tensor) ?? tensor;
  for (const node of nodesOf(outputs)) {
    const inputs = node.inputs.map(now);
    let found = labelled(node.label, () => replacement(node, inputs));
    // After the first replacement all nodes are made anew, so that their order of creation stays what it was.
    if (!found && replaced.size > 0 && inputs.length > 0) found = node.rules.apply(inputs, node.attributes, node.label);
    if (found) for (const [i, output] of node.outputs.entries()) if (found[i]) replaced.set(output, found[i]);
  }
  return outputs.map(now);
}
