/** What a step minimises, and its gradients: of all tasks together, or of single tasks. */
import { addAll, gradients, labelled, mul, type Node, nodesOf, source, type Tensor } from '../engine/index.js';
import { type Build, Scope, type Variable } from '../nn/scope.js';
import type { TaskLoss, Weighting } from './weighting/weighting.js';

/** Gradients by the path of their variable, each of its variable's shape. */
export type GradientTensors = ReadonlyMap<string, Tensor>;

export interface Objective {
  /**
   * Gradients of the whole objective. Where a weighting combines the tasks' gradients, the variables that several tasks
   * share are missing here.
   */
  readonly gradients: GradientTensors;
  /** By task: gradients of its loss alone, with respect to the variables that the weighting looks at or combines. */
  readonly taskGradients: ReadonlyMap<string, GradientTensors>;
  /** Paths of the variables that the weighting trains. */
  readonly weightingVariables: readonly string[];
}

/** The name under which the weight of a task's loss is fed, where the host computes it before each update. */
export const weightName = (task: string): string => `weight.${task}`;

/**
 * Builds the gradients that a weighting needs. Variables that the weighting itself trains are added to the build.
 *
 * Penalties of layers (`Scope.penalty`) belong to no task and are not weighted. Where tasks' gradients are combined,
 * each task's loss carries an equal part of them.
 * @param batches of an update, each of which carries an equal part of the penalties
 */
export function objectiveOf(weighting: Weighting, losses: readonly TaskLoss[], build: Build, batches = 1): Objective {
  const { variables } = build;
  const penalties = build.penalties.map((penalty) => (batches === 1 ? penalty : mul(penalty, 1 / batches)));
  const withPenalties = (loss: Tensor) => addAll([loss, ...penalties]);
  // A function, since a learned weighting adds variables below.
  const trained = () => [...variables.values()].filter(({ role }) => role !== 'statistic');

  switch (weighting.form) {
    case 'fixed': {
      const sum = addAll(losses.map(({ loss }) => loss));
      return {
        gradients: gradientsOf(withPenalties(sum), trained()),
        ...{ taskGradients: new Map(), weightingVariables: [] },
      };
    }
    case 'learned': {
      const { scope, build: own } = Scope.root('train');
      const objective = labelled('weighting', () => weighting.objective(losses, scope.child('weighting')));
      for (const [path, variable] of own.variables) variables.set(path, variable);
      return {
        gradients: gradientsOf(withPenalties(objective), trained()),
        ...{ taskGradients: new Map(), weightingVariables: [...own.variables.keys()] },
      };
    }
    case 'adaptive': {
      const weighted = losses.map(({ task, loss }) =>
        labelled('weighting', () => mul(loss, source(weightName(task.name), []))),
      );
      const watched = weighting.needsNorms ? lastShared(sharedBy(losses, trained()), losses) : [];
      return {
        gradients: gradientsOf(withPenalties(addAll(weighted)), trained()),
        taskGradients: new Map(
          losses.map(({ task, loss }) => [task.name, gradientsOf(loss, variablesOf(loss, watched))]),
        ),
        weightingVariables: [],
      };
    }
    case 'gradients':
      return perTaskObjective(losses, penalties, trained());
  }
}

/** The objective if a weighting combines the tasks' gradients: those of shared variables are kept apart by task. */
function perTaskObjective(
  losses: readonly TaskLoss[],
  penalties: readonly Tensor[],
  trained: readonly Variable[],
): Objective {
  const parts = losses.map(({ task, loss }) => ({
    task,
    loss: addAll([loss, ...penalties.map((penalty) => mul(penalty, 1 / losses.length))]),
  }));
  const shared = new Set(sharedBy(parts, trained).map(({ path }) => path));
  const perTask = parts.map(({ task, loss }) => [task.name, gradientsOf(loss, variablesOf(loss, trained))] as const);
  const select = (all: GradientTensors, isShared: boolean) =>
    [...all].filter(([path]) => shared.has(path) === isShared);
  return {
    gradients: new Map(perTask.flatMap(([, all]) => select(all, false))),
    taskGradients: new Map(perTask.map(([task, all]) => [task, new Map(select(all, true))])),
    weightingVariables: [],
  };
}

function gradientsOf(loss: Tensor, variables: readonly Variable[]): GradientTensors {
  const found = gradients(
    loss,
    variables.map(({ tensor }) => tensor),
  );
  return new Map(variables.map(({ path }, i) => [path, found[i]]));
}

/** The variables among the given ones that a loss depends on. */
function variablesOf(loss: Tensor, variables: readonly Variable[]): Variable[] {
  const nodes = new Set(nodesOf([loss]));
  return variables.filter(({ tensor }) => nodes.has(tensor.node));
}

/** The variables that more than one task's loss depends on. */
function sharedBy(losses: readonly Pick<TaskLoss, 'loss'>[], variables: readonly Variable[]): Variable[] {
  const reached = losses.map(({ loss }) => new Set(variablesOf(loss, variables)));
  return variables.filter((variable) => reached.filter((one) => one.has(variable)).length > 1);
}

/**
 * The weights of the last layers among shared variables: those whose output reaches the losses without passing another
 * layer with shared weights.
 *
 * A node counts as a layer if one of its inputs depends on a single shared weight and on no other source: that input is
 * the weight, perhaps transposed or transformed. All sources of its other inputs come before that layer, so a weight
 * among them does not belong to a last layer.
 */
function lastShared(shared: readonly Variable[], losses: readonly TaskLoss[]): Variable[] {
  const weights = new Map(
    shared.filter(({ role }) => role === 'weight').map((variable) => [variable.tensor.node, variable]),
  );
  const followedByLayer = new Set<Node>();
  /** All sources that a node depends on. */
  const sources = new Map<Node, ReadonlySet<Node>>();
  for (const node of nodesOf(losses.map(({ loss }) => loss))) {
    const inputs = node.inputs.map((input) => sources.get(input.node) as ReadonlySet<Node>);
    const isWeight = (from: ReadonlySet<Node>) => from.size === 1 && [...from].every((one) => weights.has(one));
    // A layer may read its weight through other ops, such as a reshape.
    const own = new Set(inputs.filter(isWeight).flatMap((from) => [...from]));
    if (own.size > 0) for (const from of inputs) for (const one of from) if (!own.has(one)) followedByLayer.add(one);
    sources.set(node, node.inputs.length === 0 ? new Set([node]) : new Set(inputs.flatMap((from) => [...from])));
  }
  return [...weights].flatMap(([node, variable]) => (followedByLayer.has(node) ? [] : [variable]));
}
