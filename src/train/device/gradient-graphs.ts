/** Small graphs over gradients that stay on a device: sums over the batches of an update, and scalar products. */
import {
  add,
  concat,
  constant,
  type Model,
  mul,
  source,
  sum,
  type Target,
  type Tensor,
  toModel,
} from '../../engine/index.js';
import { named, type StepGraph } from '../step-graph.js';
import type { Matrix } from '../weighting/weighting.js';

/** The name under which the gradients of a further batch are fed to `buildSums`. */
export const furtherName = (name: string): string => `further.${name}`;

/** Adds the gradients of two batches: inputs NAME and `further.NAME`, output `sum.NAME`. */
export function buildSums({ paths, variables }: StepGraph, target?: Target): Model {
  const sums: Record<string, Tensor> = {};
  const addSum = (name: string, path: string) => {
    const shape = variables.get(path)?.shape ?? [];
    sums[sumName(name)] = add(source(name, shape), source(furtherName(name), shape));
  };
  for (const path of paths.gradients) addSum(named.gradient(path), path);
  for (const [task, found] of paths.taskGradients)
    for (const path of found) addSum(named.taskGradient(task, path), path);
  return toModel(sums, { target });
}

export const sumName = (name: string): string => `sum.${name}`;

const GRAM = 'gram';

/**
 * The scalar products of the tasks' gradients with each other, as the output `gram`; undefined where no task has
 * gradients of its own. A variable that only one of a pair has counts as 0.
 */
export function buildGram({ paths, variables }: StepGraph, target?: Target): Model | undefined {
  const tasks = [...paths.taskGradients].map(([task, found]) => {
    const shapeOf = (path: string) => variables.get(path)?.shape ?? [];
    return new Map(found.map((path) => [path, source(named.taskGradient(task, path), shapeOf(path))] as const));
  });
  if (tasks.every(({ size }) => size === 0)) return undefined;
  const products = tasks.flatMap((a, i) =>
    tasks.slice(i).map((b) => {
      const pairs = [...a].flatMap(([path, x]): [Tensor, Tensor][] => {
        const y = b.get(path);
        return y ? [[x, y]] : [];
      });
      return pairs.length > 0 ? scalarProduct(pairs) : constant(0, [1]);
    }),
  );
  return toModel({ [GRAM]: concat(products, 0) }, { target });
}

/** The matrix that the output of `buildGram` stands for. */
export function readGram(
  outputs: Readonly<Record<string, { readonly data: ArrayLike<number | bigint> }>>,
  tasks: number,
): Matrix {
  const { data } = outputs[GRAM];
  const gram = Array.from({ length: tasks }, () => new Array<number>(tasks).fill(0));
  let at = 0;
  for (let i = 0; i < tasks; i++) for (let j = i; j < tasks; j++) gram[i][j] = gram[j][i] = Number(data[at++]);
  return gram;
}

/**
 * The sum of the products of all pairs of elements, [1]. It is taken in stages, over all axes but the first of each
 * pair and then over the rest, since long sums lose digits.
 */
export function scalarProduct(pairs: readonly (readonly [a: Tensor, b: Tensor])[]): Tensor {
  const rows = pairs.map(([a, b]) => {
    const products = mul(a, b);
    const inner = products.shape.slice(1).map((_, i) => i + 1);
    return sum(products, inner);
  });
  return sum(concat(rows, 0), [0], true);
}
