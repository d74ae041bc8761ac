/** The network that takes weights, as matching sees it: its variables by tower, part and layer. */
import { type Backbone, buildStage } from '../backbones/index.js';
import { asPixels, nodesOf, source, type Tensor } from '../engine/index.js';
import { isSource, type SourceAttributes } from '../engine/ops/source.js';
import { Scope, type Variable } from '../nn/scope.js';

/** Where a layer stands: in the stages of a tower, in the head of a task, or between the towers. */
export interface Place {
  readonly part: 'stages' | 'head' | 'fusion';
  /** Number of the tower or task, from 0; of a layer between the towers, of the tower that it serves, or -1. */
  readonly index: number;
  /** Name of that tower or task, or ''. */
  readonly owner: string;
  /** Path of the layer without that name, such as `conv3_1`; of a layer between the towers the whole path. */
  readonly layer: string;
}

/** The variables of one layer. */
export interface Layer extends Place {
  /** By the last part of their paths: weight, bias, gamma, beta, mean, var. */
  readonly variables: ReadonlyMap<string, Variable>;
  /** What its batch normalisation adds to the variance; undefined where it has none. */
  readonly epsilon?: number;
}

export interface Target {
  /** `Backbone.name` */
  readonly backbone: string;
  readonly towers: readonly string[];
  readonly tasks: readonly string[];
  readonly variables: ReadonlyMap<string, Variable>;
  readonly layers: readonly Layer[];
  /** Paths of the variables of the stages, without the tower. */
  readonly stagePaths: ReadonlySet<string>;
}

export interface TargetParts {
  readonly backbone: Backbone;
  readonly towers: readonly string[];
  readonly tasks: readonly string[];
  /** Of the whole network. */
  readonly variables: ReadonlyMap<string, Variable>;
  /** Of the network, built for evaluation. */
  readonly outputs: Iterable<Tensor>;
  /** Height and width of an image that it takes. */
  readonly size: readonly [number, number];
}

export function targetOf({ backbone, towers, tasks, variables, outputs, size }: TargetParts): Target {
  const stagePaths = pathsOfStages(backbone, size);
  const epsilons = epsilonsOf(outputs);
  const grouped = new Map<string, Map<string, Variable>>();
  for (const [path, variable] of variables) {
    const at = path.lastIndexOf('.');
    const layer = path.slice(0, at);
    if (!grouped.has(layer)) grouped.set(layer, new Map());
    grouped.get(layer)?.set(path.slice(at + 1), variable);
  }
  const layers = [...grouped].map(([path, of]): Layer => {
    const first = [...of.keys()][0];
    const epsilon = epsilons.get(path);
    return {
      ...placeOf(path, first, towers, tasks, stagePaths),
      variables: of,
      ...(epsilon !== undefined && { epsilon }),
    };
  });
  return { backbone: backbone.name, towers, tasks, variables, layers, stagePaths };
}

function placeOf(
  path: string,
  entry: string,
  towers: readonly string[],
  tasks: readonly string[],
  stagePaths: ReadonlySet<string>,
): Place {
  const [owner, ...rest] = path.split('.');
  const layer = rest.join('.');
  if (towers.includes(owner) && stagePaths.has(`${layer}.${entry}`))
    return { part: 'stages', index: towers.indexOf(owner), owner, layer };
  if (tasks.includes(owner)) return { part: 'head', index: tasks.indexOf(owner), owner, layer };
  return { part: 'fusion', index: towers.indexOf(rest[0]), owner: '', layer: path };
}

function pathsOfStages({ stages }: Backbone, [height, width]: readonly [number, number]): Set<string> {
  const { scope, build } = Scope.root('evaluate');
  let x: readonly Tensor[] = [asPixels(source('image', [1, 3, height, width]))];
  for (const stage of stages) x = buildStage(stage, scope, x);
  return new Set(build.variables.keys());
}

/** By the path of the layer. */
function epsilonsOf(outputs: Iterable<Tensor>): Map<string, number> {
  const found = new Map<string, number>();
  for (const { rules, inputs, attributes } of nodesOf([...outputs])) {
    if (rules.name !== 'batchNorm' || !isSource(inputs[1].node)) continue;
    const { name } = inputs[1].node.attributes as SourceAttributes;
    found.set(name.slice(0, name.lastIndexOf('.')), (attributes as { readonly epsilon: number }).epsilon);
  }
  return found;
}
