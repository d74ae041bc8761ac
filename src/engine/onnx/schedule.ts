/** In which order the runtime is led to execute a graph. */
import type { NodeProto } from './onnx_pb.js';

/**
 * Orders nodes so that ONNX Runtime computes values late and frees them early. Inputs stand before their readers, as ONNX
 * demands.
 *
 * The runtime does not execute nodes in the order in which they are listed. It starts from the nodes that no other node
 * reads, the last one in the list first. Before it executes a node it executes the node's inputs, again the last one in
 * the list first. Two rules follow.
 *
 * 1. Nodes are listed by their depth, the longest way to them from an input of the graph. Of the inputs of a node the
 *    deepest is then executed first, and a shallow one, such as a mask or a transformed weight of the backward pass, only
 *    when its reader is next. Otherwise it would lie in memory from the forward pass on.
 * 2. Nodes that no other node reads stand at the end, the deepest first. Those are the gradients, and the gradients of the
 *    last layers need the smallest part of the backward pass: they are executed first, and what was kept for them is freed.
 */
export function scheduled(nodes: readonly NodeProto[]): NodeProto[] {
  const depths = new Map<string, number>(); // of values; inputs and constants have none
  const read = new Set<string>();
  const ranked = nodes.map((node) => {
    const depth = 1 + Math.max(0, ...node.input.map((name) => depths.get(name) ?? 0));
    for (const name of node.output) depths.set(name, depth);
    for (const name of node.input) read.add(name);
    return { node, depth };
  });
  const isLeaf = ({ output }: NodeProto) => !output.some((name) => read.has(name));
  const inner = ranked.filter(({ node }) => !isLeaf(node)).sort((a, b) => a.depth - b.depth);
  const leaves = ranked.filter(({ node }) => isLeaf(node)).sort((a, b) => b.depth - a.depth);
  return [...inner, ...leaves].map(({ node }) => node);
}
