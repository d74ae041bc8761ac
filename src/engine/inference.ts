/** Rewrites of a graph whose weights are known: the same function, to rounding, in less time. */
import { isSource, type SourceAttributes, source } from './ops/source.js';
import { rewrite } from './rewrite.js';
import { type Floats, type Node, nodesOf, sizeOf, type Tensor } from './tensor.js';

export interface InferenceGraph {
  readonly outputs: readonly Tensor[];
  /** The given constants and those that were made of them. */
  readonly constants: ReadonlyMap<string, Floats>;
}

/**
 * Batch norms become part of the convolutions before them.
 * @param constants values of sources by name
 */
export function rewriteForInference(
  outputs: readonly Tensor[],
  constants: ReadonlyMap<string, Floats>,
): InferenceGraph {
  const known = new Map(constants);
  const fold = batchNormFolding(outputs, known);
  const rewritten = rewrite(outputs, (node, inputs) => {
    const folded = fold(node, inputs);
    return folded && [folded];
  });
  return { outputs: rewritten, constants: known };
}

/**
 * Batch norm after a convolution is a convolution with other numbers:
 * gamma (w * x + b - mean) / sigma + beta = (s w) * x + (s (b - mean) + beta), s = gamma / sigma,
 * sigma = sqrt(variance + epsilon). Holds where all of them are known and nothing else reads the convolution.
 * @param known receives the new weights and biases
 */
function batchNormFolding(outputs: readonly Tensor[], known: Map<string, Floats>) {
  const readers = new Map<Tensor, number>();
  for (const tensor of [...outputs, ...nodesOf(outputs).flatMap(({ inputs }) => inputs)])
    readers.set(tensor, (readers.get(tensor) ?? 0) + 1);
  const store = (name: string, values: Floats, shape: readonly number[]): Tensor => {
    known.set(name, values);
    return source(name, shape);
  };

  return (norm: Node, [convolved, ...parameters]: readonly Tensor[]): Tensor | undefined => {
    if (norm.rules.name !== 'batchNorm' || convolved.node.rules.name !== 'conv2d') return undefined;
    const [x, weight, bias] = convolved.node.inputs;
    if (readers.get(norm.inputs[0]) !== 1 || readers.get(weight) !== 1) return undefined;
    const values = [weight, ...parameters, ...(bias ? [bias] : [])].map((tensor) => valuesOf(tensor, known));
    if (values.includes(undefined)) return undefined;
    const [w, gamma, beta, mean, variance, b] = values as Floats[];
    const { epsilon } = norm.attributes as { readonly epsilon: number };
    const scaled = w.slice();
    const shift = beta.slice();
    const each = sizeOf(weight.shape.slice(1));
    for (let o = 0; o < gamma.length; o++) {
      const scale = gamma[o] / Math.sqrt(variance[o] + epsilon);
      for (let i = o * each; i < (o + 1) * each; i++) scaled[i] *= scale;
      shift[o] += scale * ((b ? b[o] : 0) - mean[o]);
    }
    // The weight has no other reader, so names made of its name are free.
    const { name } = weight.node.attributes as SourceAttributes;
    const inputs = [x, store(`${name}/scaled`, scaled, weight.shape), store(`${name}/shift`, shift, [shift.length])];
    return convolved.node.rules.apply(inputs, convolved.node.attributes, norm.label)[0];
  };
}

const valuesOf = ({ node }: Tensor, known: ReadonlyMap<string, Floats>): Floats | undefined =>
  isSource(node) ? known.get((node.attributes as SourceAttributes).name) : undefined;
