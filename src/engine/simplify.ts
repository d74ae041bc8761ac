/**
 * Makes a graph smaller without changing what it computes. Equal nodes become one, and arithmetic with 0, with 1 and
 * between constants of one number is done beforehand. Nodes that nothing reads are dropped, since only nodes that the
 * outputs depend on are visited.
 */
import { elementwiseFold } from './ops/elementwise.js';
import { constant, uniformValue } from './ops/source.js';
import { nodesOf, sameShape, type Tensor } from './tensor.js';

export function simplify(outputs: readonly Tensor[]): Tensor[] {
  const replaced = new Map<Tensor, Tensor>();
  const seen = new Map<string, readonly Tensor[]>();
  const identities = new Map<object, number>();
  const identityOf = (value: object): number => {
    const known = identities.get(value) ?? identities.size;
    identities.set(value, known);
    return known;
  };
  for (const node of nodesOf(outputs)) {
    const inputs = node.inputs.map((input) => replaced.get(input) ?? input);
    const folded = foldNode(node.rules.name, inputs, node.outputs[0]);
    if (folded) {
      replaced.set(node.outputs[0], folded);
      continue;
    }
    // Arrays are compared by identity, not element by element: what uses one constant twice uses one array.
    const attributes = JSON.stringify(node.attributes, (_, value) => {
      if (ArrayBuffer.isView(value)) return `array ${identityOf(value)}`;
      // JSON writes every number that is not finite as null.
      return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
    });
    const key = `${node.rules.name}|${inputs.map((input) => `${identityOf(input.node)}.${input.slot}`)}|${attributes}`;
    const same = seen.get(key);
    const changed = inputs.some((input, i) => input !== node.inputs[i]);
    const kept = same ?? (changed ? node.rules.apply(inputs, node.attributes, node.label) : node.outputs);
    if (!same) seen.set(key, kept);
    for (const [i, output] of node.outputs.entries()) if (kept[i] !== output) replaced.set(output, kept[i]);
  }
  return outputs.map((output) => replaced.get(output) ?? output);
}

/** The simpler value of an elementwise node, if there is one. */
function foldNode(name: string, inputs: readonly Tensor[], output: Tensor): Tensor | undefined {
  const numbers = inputs.map(uniformValue);
  const result = elementwiseFold(name, numbers);
  if (result === undefined) return undefined;
  if (typeof result === 'object') {
    const kept = inputs[result.input];
    return sameShape(kept.shape, output.shape) ? kept : undefined;
  }
  return constant(result, output.shape);
}
