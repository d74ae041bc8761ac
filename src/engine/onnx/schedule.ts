/** In which order the runtime is led to execute a graph. */
import type { NodeProto } from './onnx_pb.js';

/**
 * Puts nodes in an order (inputs before their readers, as ONNX wants it) that leads ONNX Runtime to compute values late
 * and to free them early.
 *
 * The runtime does not execute nodes as they are listed. It walks back from the nodes that nobody reads, the last
 * listed first, and before each node executes what it reads, again the last listed first. So nodes are listed by depth:
 * what a long chain ends in comes before what takes a step or two from the inputs, which then waits until it is read
 * (masks and transformed weights of the backward pass would otherwise lie in memory since the forward pass). Nodes that
 * nobody reads stand at the end, the deepest first, so that the gradients of the last layers, which need least of the
 * backward pass, are complete first, and what was kept for them is free again.
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
