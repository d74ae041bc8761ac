/** The update of weights as a graph, for weights that stay on a device. */
import {
  constant,
  div,
  labelled,
  type Model,
  maximum,
  mul,
  reshape,
  slice,
  source,
  sqrt,
  type Target,
  type Tensor,
  toModel,
} from '../../engine/index.js';
import type { Variable } from '../../nn/scope.js';
import { movedTowards, sumWithMultiple } from '../kernel/formula.js';
import { type Rule, rateOf, type UpdateOptions } from '../optimizers/optimizer.js';
import { named, type StepGraph } from '../step-graph.js';
import { scalarProduct } from './gradient-graphs.js';

/** Names of the inputs and outputs of an update, besides the paths of variables and the names of gradients. */
export const updateNames = {
  slot: (slot: string, path: string) => `slot.${slot}.${path}`,
  average: (path: string) => `average.${path}`,
  /** What a value becomes by the update. */
  next: named.next,
  /** The factor of a task's gradients. */
  factor: (task: string) => `factor.${task}`,
  /** Scalars of the optimizer's formulas: [classes, scalars]. */
  scalars: 'scalars',
  averageShare: 'averageShare',
  /** The Euclidean norm of all gradients together, [1]. */
  norm: 'norm',
  /** The variables of the weighting, for the host. */
  seen: (path: string) => `seen.${path}`,
} as const;

/** Variables that share a learning rate and either decay or not, which makes their scalars the same. */
export interface RateClass {
  /** Of the base rate. */
  readonly multiple: number;
  readonly decays: boolean;
}

export interface UpdateGraph {
  readonly model: Model;
  /** The rows of the input `scalars`. */
  readonly classes: readonly RateClass[];
  /** Outputs that stay on the device: the next value of the name after `next.`. */
  readonly kept: readonly string[];
}

export interface UpdateGraphOptions extends UpdateOptions {
  readonly step: StepGraph;
  readonly rule: Rule;
  /** Whether the moving average of the weights is kept. */
  readonly averages: boolean;
  readonly target?: Target;
}

/** Builds the graph that makes the next weights, optimizer state and average of the present ones and the gradients. */
export function buildUpdate({ step, rule, rates, clip, averages, target }: UpdateGraphOptions): UpdateGraph {
  const trained = [...step.variables.values()].filter(({ role }) => role !== 'statistic');
  const gradients = combinedGradients(step, trained);
  const norm = normOf([...gradients.values()]);
  // min(1, clip / norm)
  const clipFactor = clip ? reshape(div(clip, maximum(norm, clip)), []) : constant(1);
  const { classes, scalarsOf } = rateClasses(trained, rule, rates);
  const kept: Record<string, Tensor> = {};
  const next = (name: string, value: Tensor) => {
    kept[updateNames.next(name)] = value;
    return value;
  };
  const share = source(updateNames.averageShare, []);
  const averaged = (path: string, target: Tensor) => {
    if (!averages) return;
    const value = source(updateNames.average(path), target.shape);
    next(updateNames.average(path), movedTowards.of({ value, target, share }).value as Tensor);
  };
  for (const variable of step.variables.values()) {
    const { path, tensor: weight, shape } = variable;
    const gradient = gradients.get(path);
    labelled(path, () => {
      if (!gradient) return averaged(path, weight);
      const slots = Object.fromEntries(
        rule.slots.map((slot) => [slot, source(updateNames.slot(slot, path), shape)] as const),
      );
      const found = rule.formulas.of<Tensor>({ weight, gradient, ...slots, ...scalarsOf(variable), clipFactor });
      for (const slot of rule.slots) next(updateNames.slot(slot, path), found[slot] ?? slots[slot]);
      averaged(path, next(path, found.weight ?? weight));
    });
  }
  const seen = step.paths.weighting.map((path) => [updateNames.seen(path), kept[updateNames.next(path)]] as const);
  const model = toModel({ ...kept, ...Object.fromEntries(seen), [updateNames.norm]: norm }, { target });
  return { model, classes, kept: Object.keys(kept) };
}

/** The gradient of every variable that has one, by path; of shared variables the weighted sum of the tasks' gradients. */
function combinedGradients({ paths }: StepGraph, trained: readonly Variable[]): Map<string, Tensor> {
  const whole = new Set(paths.gradients);
  const tasks = [...paths.taskGradients].map(([task, found]) => ({
    ...{ task, found: new Set(found) },
    factor: source(updateNames.factor(task), []),
  }));
  const gradients = new Map<string, Tensor>();
  for (const { path, shape } of trained) {
    if (whole.has(path)) {
      gradients.set(path, source(named.gradient(path), shape));
      continue;
    }
    let sum: Tensor | undefined;
    for (const { task, found, factor } of tasks) {
      if (!found.has(path)) continue;
      const array = source(named.taskGradient(task, path), shape);
      sum = sum ? (sumWithMultiple.of({ sum, array, factor }).sum as Tensor) : mul(factor, array);
    }
    if (sum) gradients.set(path, sum);
  }
  return gradients;
}

/** The scalars of the formulas for each class of variables, as slices of one input. */
function rateClasses(trained: readonly Variable[], rule: Rule, rates: UpdateOptions['rates']) {
  const keyOf = ({ multiple, decays }: RateClass) => `${multiple} ${decays}`;
  const classOf = (variable: Variable): RateClass => ({
    multiple: rateOf(variable, rates),
    decays: variable.role === 'weight',
  });
  const classes = [...new Map(trained.map((variable) => [keyOf(classOf(variable)), classOf(variable)])).values()];
  const names = rule.formulas.scalars;
  const table = source(updateNames.scalars, [classes.length, names.length]);
  const cell = (row: number, column: number) =>
    reshape(slice(table, { axis: 0, start: row, end: row + 1 }, { axis: 1, start: column, end: column + 1 }), []);
  const scalars = new Map(
    classes.map((one, row) => [
      keyOf(one),
      Object.fromEntries(names.map((name, column) => [name, cell(row, column)] as const)),
    ]),
  );
  return { classes, scalarsOf: (variable: Variable) => scalars.get(keyOf(classOf(variable))) };
}

/** The Euclidean norm of all tensors together, [1]. */
const normOf = (tensors: readonly Tensor[]): Tensor => sqrt(scalarProduct(tensors.map((tensor) => [tensor, tensor])));
