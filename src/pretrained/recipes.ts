/** How the variables of a layer are made of a file's tensors, by the last part of their paths. */
import type { Assignment, ConversionRules, ReadFloats } from './convert.js';
import type { LayerNames, NormNames } from './family.js';
import { everyNth, type Reorder } from './layout.js';
import type { Layer } from './target.js';

/** A layer of the network, and the names of its tensors in a file. */
export interface Context {
  readonly layer: Layer;
  readonly names: LayerNames;
  readonly rules: ConversionRules;
  /** Of the file's outputs every so many-th is taken. */
  readonly step: number;
  has(name: string | undefined): name is string;
}

export type Recipe = Pick<Assignment, 'uses' | 'make'>;
type Recipes = Readonly<Record<string, Recipe | undefined>>;

/**
 * How each variable of the layer is made; undefined where the file has nothing for it.
 * @param reorder makes the network's weights of the file's; undefined where the file has no weights that fit
 */
export function recipesOf(context: Context, reorder: Reorder | undefined): Recipes {
  const { layer, names, has } = context;
  const { bias, norm } = names;
  const whole = norm && Object.values(norm).every(has) ? norm : undefined;
  if (whole && layer.epsilon === undefined) return folded(context, whole, reorder);
  const own = { weight: reorder && weightsBy(names.weight, reorder), bias: copy(context, bias) };
  if (layer.epsilon === undefined) return own;
  if (whole) return { ...own, ...normalised(context, whole, layer.epsilon) };
  if (has(bias) && !(norm && Object.values(norm).some(has)))
    return { ...own, ...biasAsMean(context, bias, layer.epsilon) };
  return { ...own, ...(norm && copied(context, norm)) };
}

const weightsBy = (name: string, reorder: Reorder): Recipe => ({
  uses: [name],
  make: async (read) => reorder(await read(name)),
});

/** A vector of the file, of which a reduced layer has a part. */
const vectorOf =
  ({ step }: Context, read: ReadFloats) =>
  async (name: string): Promise<Float32Array> =>
    everyNth(await read(name), step);

const copy = (context: Context, name: string | undefined): Recipe | undefined =>
  context.has(name) ? { uses: [name], make: (read) => vectorOf(context, read)(name) } : undefined;

/** A normalisation that the network lacks becomes part of its weights and biases. */
function folded(context: Context, norm: NormNames, reorder: Reorder | undefined): Recipes {
  const { names, rules, has } = context;
  const { gamma, beta, mean, variance } = norm;
  const biases = has(names.bias) ? names.bias : undefined;
  const scales = async (read: ReadFloats) => {
    const vector = vectorOf(context, read);
    const [g, v] = [await vector(gamma), await vector(variance)];
    return g.map((value, i) => value / Math.sqrt(v[i] + rules.epsilon));
  };
  return {
    weight: reorder && {
      uses: [names.weight, gamma, variance],
      async make(read) {
        const [scale, values] = [await scales(read), reorder(await read(names.weight))];
        const each = values.length / scale.length;
        return values.map((value, i) => value * scale[Math.floor(i / each)]);
      },
    },
    bias: {
      uses: [beta, mean, ...(biases ? [biases] : [])],
      async make(read) {
        const vector = vectorOf(context, read);
        const [scale, b, m] = [await scales(read), await vector(beta), await vector(mean)];
        const own = biases ? await vector(biases) : undefined;
        return b.map((value, i) => value + scale[i] * ((own?.[i] ?? 0) - m[i]));
      },
    },
  };
}

/** Both have a normalisation: gamma makes up for another epsilon, and the mean takes a bias before it. */
function normalised(context: Context, { gamma, beta, mean, variance }: NormNames, epsilon: number): Recipes {
  const { names, rules, has } = context;
  const biases = has(names.bias) ? names.bias : undefined;
  return {
    beta: copy(context, beta),
    var: copy(context, variance),
    gamma:
      epsilon === rules.epsilon
        ? copy(context, gamma)
        : {
            uses: [gamma, variance],
            async make(read) {
              const vector = vectorOf(context, read);
              const [g, v] = [await vector(gamma), await vector(variance)];
              return g.map((value, i) => value * Math.sqrt((v[i] + epsilon) / (v[i] + rules.epsilon)));
            },
          },
    mean: biases
      ? {
          uses: [mean, biases],
          async make(read) {
            const vector = vectorOf(context, read);
            const [m, own] = [await vector(mean), await vector(biases)];
            return m.map((value, i) => value - own[i]);
          },
        }
      : copy(context, mean),
  };
}

/** A normalisation that the file lacks computes what its bias does. */
function biasAsMean(context: Context, biases: string, epsilon: number): Recipes {
  const filled = (value: (bias: number) => number): Recipe => ({
    uses: [biases],
    make: async (read) => (await vectorOf(context, read)(biases)).map(value),
  });
  return {
    gamma: filled(() => 1),
    beta: filled(() => 0),
    mean: filled((value) => 0 - value),
    var: filled(() => 1 - epsilon),
  };
}

/** A part of a normalisation, such as that of a file without running statistics. */
const copied = (context: Context, { gamma, beta, mean, variance }: NormNames): Recipes => ({
  ...{ gamma: copy(context, gamma), beta: copy(context, beta) },
  ...{ mean: copy(context, mean), var: copy(context, variance) },
});
