/** What a step descends: the gradients of its losses, of all tasks together or of each apart. */
import { addAll, gradients, labelled, mul, type Node, nodesOf, source, type Tensor } from '../engine/index.js';
import { type Build, Scope, type Variable } from '../nn/scope.js';
import type { TaskLoss, Weighting } from './weighting/weighting.js';

/** Gradients by the path of their variable. */
export type Slopes = ReadonlyMap<string, Tensor>;

export interface Objective {
  /** Of what is descended. A variable that several tasks share is missing where their gradients are to be joined. */
  readonly slopes: Slopes;
  /** By task: of its loss alone. */
  readonly apart: ReadonlyMap<string, Slopes>;
}

/** The name under which the weight of a task's loss is fed, where it is chosen anew for each step. */
export const weightName = (task: string): string => `weight.${task}`;

/**
 * Variables that a weighting trains, beside those of the network, are added to the build. What layers ask to be lowered
 * besides (`Scope.penalty`) is no task's loss and keeps its weight; where tasks' gradients are joined each task bears an
 * equal share of it.
 * @param batches of an update, each of which bears an equal share of it as well
 */
export function objectiveOf(weighting: Weighting, losses: readonly TaskLoss[], build: Build, batches = 1): Objective {
  const { variables } = build;
  const penalties = build.penalties.map((penalty) => (batches === 1 ? penalty : mul(penalty, 1 / batches)));
  const whole = (loss: Tensor) => addAll([loss, ...penalties]);
  const trained = () => [...variables.values()].filter(({ role }) => role !== 'statistic');
  const slopesOf = (loss: Tensor, of: readonly Variable[]): Slopes => {
    const found = gradients(
      loss,
      of.map(({ tensor }) => tensor),
    );
    return new Map(of.map(({ path }, i) => [path, found[i]]));
  };
  /** For each task its gradients by those of the variables that its loss depends on. */
  const apartOf = (of: readonly Variable[]) =>
    new Map(losses.map(({ task, loss }) => [task.name, slopesOf(loss, reached(loss, of))]));

  switch (weighting.form) {
    case 'fixed':
      return { slopes: slopesOf(whole(addAll(losses.map(({ loss }) => loss))), trained()), apart: new Map() };
    case 'learned': {
      const { scope, build: own } = Scope.root('train');
      const total = labelled('weighting', () => weighting.total(losses, scope.child('weighting')));
      for (const [path, variable] of own.variables) variables.set(path, variable);
      return { slopes: slopesOf(whole(total), trained()), apart: new Map() };
    }
    case 'chosen': {
      const weighted = losses.map(({ task, loss }) =>
        labelled('weighting', () => mul(loss, source(weightName(task.name), []))),
      );
      const watched = weighting.wantsNorms ? lastOf(sharedBy(losses, trained()), losses) : [];
      return { slopes: slopesOf(whole(addAll(weighted)), trained()), apart: apartOf(watched) };
    }
    case 'joined': {
      const borne = losses.map(({ task, loss }) => ({
        task,
        loss: addAll([loss, ...penalties.map((penalty) => mul(penalty, 1 / losses.length))]),
      }));
      const shared = sharedBy(borne, trained());
      const own = trained().filter((variable) => !shared.includes(variable));
      const slopes = borne.map(({ task, loss }) => [task.name, slopesOf(loss, reached(loss, trained()))] as const);
      const part = (all: Slopes, of: readonly Variable[]): [string, Tensor][] =>
        of.flatMap(({ path }) => {
          const slope = all.get(path);
          return slope ? [[path, slope]] : [];
        });
      return {
        slopes: new Map(slopes.flatMap(([, all]) => part(all, own))),
        apart: new Map(slopes.map(([task, all]) => [task, new Map(part(all, shared))])),
      };
    }
  }
}

/** The variables that a loss depends on. */
function reached(loss: Tensor, variables: readonly Variable[]): Variable[] {
  const nodes = new Set(nodesOf([loss]));
  return variables.filter(({ tensor }) => nodes.has(tensor.node));
}

/** The variables that more than one task's loss depends on. */
function sharedBy(losses: readonly TaskLoss[], variables: readonly Variable[]): Variable[] {
  const reach = losses.map(({ loss }) => new Set(reached(loss, variables)));
  return variables.filter((variable) => reach.filter((one) => one.has(variable)).length > 1);
}

/** Of shared variables the weights of the last layers: no other one of them sees what they yield. */
function lastOf(shared: readonly Variable[], losses: readonly TaskLoss[]): Variable[] {
  const weights = new Map(
    shared.filter(({ role }) => role === 'weight').map((variable) => [variable.tensor.node, variable]),
  );
  const passed = new Set<Node>();
  /** All sources that a node follows from. */
  const sources = new Map<Node, ReadonlySet<Node>>();
  for (const node of nodesOf(losses.map(({ loss }) => loss))) {
    const inputs = node.inputs.map((input) => sources.get(input.node) as ReadonlySet<Node>);
    // An input that follows from one weight alone is that weight, in whatever form a layer wants it.
    const isWeight = (from: ReadonlySet<Node>) => from.size === 1 && [...from].every((one) => weights.has(one));
    const own = new Set(inputs.filter(isWeight).flatMap((from) => [...from]));
    // A convolution by tiles takes what it made of its weights besides these.
    if (own.size > 0) for (const from of inputs) for (const one of from) if (!own.has(one)) passed.add(one);
    sources.set(node, node.inputs.length === 0 ? new Set([node]) : new Set(inputs.flatMap((from) => [...from])));
  }
  return [...weights].flatMap(([node, variable]) => (passed.has(node) ? [] : [variable]));
}
