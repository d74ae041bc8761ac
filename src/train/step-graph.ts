/** The graph of one training step: forward pass, losses, gradients and running statistics. */
import type { Target } from '../engine/index.js';
import {
  concat,
  constant,
  labelled,
  type Model,
  mul,
  reshape,
  resizeLike,
  sameShape,
  samplePixels,
  sizeOf,
  source,
  type Tensor,
  toModel,
} from '../engine/index.js';
import { buildNetwork, type Network, type NetworkOptions } from '../network.js';
import type { Build, Mask, Variable } from '../nn/scope.js';
import { meanOf } from '../tasks/masked.js';
import type { LossSum, Task } from '../tasks/task.js';
import { movedTowards } from './kernel/formula.js';
import { type Objective, objectiveOf, weightName } from './objective.js';
import type { TaskLoss, Weighting } from './weighting/weighting.js';

export interface StepOptions {
  readonly network: NetworkOptions;
  /** Fixed factor of each task's loss, by task name; 1 where none is given. */
  readonly lossWeights?: Readonly<Record<string, number>>;
  /** How the losses become one objective; their sum by default. */
  readonly weighting?: Weighting;
  /** Images of a batch, and their size in pixels. */
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** Where the losses of pixels are taken; at the head by default. */
  readonly lossAt?: LossAt;
  /** Height and width of the labels of pixels: those of the image by default, or those of the head's logits. */
  readonly labelSize?: readonly [number, number];
  /** Batches of an update, whose losses and gradients the host adds up; 1 by default. */
  readonly accumulate?: number;
  /** Also return the logits of every task, as `logits.TASK`. */
  readonly keepLogits?: boolean;
  /**
   * What the graph is lowered for. By default it is `cpu`, whose graphs are the same on every machine; a training asks
   * its runtime. Feeds and values have the precision of the target.
   */
  readonly target?: Target;
  /**
   * For weights that stay on a device: gradients are outputs of their variable's shape, the graph moves the running
   * statistics itself, and what the host reads is one vector of losses and counts.
   */
  readonly resident?: boolean;
}

/** Where the losses of pixels are taken: at the cells of the head, as published, or at the pixels of the image. */
export type LossAt = 'head' | 'image';

export interface StepGraph {
  readonly model: Model;
  /** Where an update has several batches: a model that counts the labels of a batch, with outputs `count.TASK`. */
  readonly counts?: Model;
  /** Batches of an update. */
  readonly accumulate: number;
  readonly variables: ReadonlyMap<string, Variable>;
  readonly masks: readonly Mask[];
  /** Momentum of the running statistics, by path: r <- momentum r + (1 - momentum) observed. */
  readonly momenta: ReadonlyMap<string, number>;
  /**
   * What the output `vectors` holds. All vectors are concatenated into it, since every output of a graph costs time,
   * however short it is.
   */
  readonly packed: readonly Slot[];
  /** Outputs that stay on the device; none where weights are on the host. */
  readonly kept: readonly string[];
  /** Paths of variables. */
  readonly paths: {
    /** Those with a gradient of the whole objective. */
    readonly gradients: readonly string[];
    /** By task: those with a gradient of the task's loss alone. */
    readonly taskGradients: ReadonlyMap<string, readonly string[]>;
    /** Those that the loss weighting trains. */
    readonly weighting: readonly string[];
  };
}

/** The range of `vectors` that holds a value. */
interface Slot {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Names of a step's inputs and outputs, besides the paths of variables. */
export const named = {
  image: 'image',
  label: (task: string) => `label.${task}`,
  loss: (task: string) => `loss.${task}`,
  logits: (task: string) => `logits.${task}`,
  gradient: (path: string) => `gradient.${path}`,
  observed: (path: string) => `observed.${path}`,
  /** The gradient of one task's loss alone. */
  taskGradient: (task: string, path: string) => `taskGradient.${task}.${path}`,
  weight: weightName,
  /** What the loss of a task is divided by: an output, or, in an update of several batches, an input. */
  count: (task: string) => `count.${task}`,
  /** See `TaskLoss.present`. */
  present: (task: string) => `present.${task}`,
  vectors: 'vectors',
  /** What a running statistic becomes by the step. */
  next: (path: string) => `next.${path}`,
};

/** Builds the graph of one step: its losses, gradients and the statistics of the batch. */
export function buildStep(options: StepOptions): StepGraph {
  const { batch, height, width, weighting = { form: 'fixed' }, accumulate = 1, target } = options;
  const network = buildNetwork(options.network, 'train', [batch, height, width]);
  const { variables, observations, masks } = network.build;
  const { losses, outputs, counts } = buildLosses(network, options);
  if (accumulate === 1) Object.assign(outputs, counts);
  const objective = objectiveOf(weighting, losses, network.build, accumulate);
  const results = options.resident
    ? residentResults(network.build, objective, outputs)
    : hostResults(network.build, objective, outputs);
  return {
    model: toModel(results.outputs, { target, elementsOnly: results.matrices }),
    ...(accumulate > 1 && { counts: toModel(counts, { target }) }),
    ...{ accumulate, variables, masks, packed: slotsOf(results.vectors), kept: results.kept },
    momenta: new Map([...observations].map(([path, { momentum }]) => [path, momentum])),
    paths: {
      gradients: [...objective.gradients.keys()],
      taskGradients: new Map([...objective.taskGradients].map(([task, found]) => [task, [...found.keys()]])),
      weighting: objective.weightingVariables,
    },
  };
}

type Outputs = Readonly<Record<string, Tensor>>;
type Vectors = readonly (readonly [string, Tensor])[];

/** What a step yields. */
interface Results {
  readonly outputs: Outputs;
  /** What the output `vectors` holds. */
  readonly vectors: Vectors;
  /** Outputs that the host reads as arrays, whatever their shape. */
  readonly matrices: ReadonlySet<string>;
  readonly kept: readonly string[];
}

/** All gradients, each under its name. */
const namedGradients = ({ gradients, taskGradients }: Objective): Vectors => [
  ...[...gradients].map(([path, gradient]) => [named.gradient(path), gradient] as const),
  ...[...taskGradients].flatMap(([task, found]) =>
    [...found].map(([path, gradient]) => [named.taskGradient(task, path), gradient] as const),
  ),
];

/** Everything for the host: vectors as one output, matrices one by one. */
function hostResults({ observations }: Build, objective: Objective, losses: Outputs): Results {
  const found = namedGradients(objective);
  const vectors: Vectors = [
    ...[...observations].map(([path, { observed }]) => [named.observed(path), observed] as const),
    ...found.filter(([, { shape }]) => shape.length === 1),
  ];
  const matrices = found.filter(([, { shape }]) => shape.length !== 1);
  const outputs = { ...losses, ...Object.fromEntries(matrices), ...packed(vectors) };
  return { outputs, vectors, matrices: new Set(matrices.map(([name]) => name)), kept: [] };
}

/** Losses and counts for the host; gradients and the next running statistics for the device. */
function residentResults({ observations, variables }: Build, objective: Objective, losses: Outputs): Results {
  const vectors = Object.entries(losses).map(([name, loss]) => [name, reshape(loss, [1])] as const);
  const kept = Object.fromEntries([
    ...namedGradients(objective),
    ...[...observations].map(([path, { observed, momentum }]): [string, Tensor] => {
      const { tensor: value } = variables.get(path) as Variable; // declared with its observation
      return [
        named.next(path),
        movedTowards.of({ value, target: observed, share: constant(1 - momentum) }).value as Tensor,
      ];
    }),
  ]);
  return { outputs: { ...kept, ...packed(vectors) }, vectors, matrices: new Set(), kept: Object.keys(kept) };
}

const packed = (vectors: Vectors): Outputs =>
  vectors.length === 0
    ? {}
    : {
        [named.vectors]: concat(
          vectors.map(([, vector]) => vector),
          0,
        ),
      };

/** The loss of every task, as part of the objective and as an output, and what each is divided by. */
function buildLosses(network: Network, options: StepOptions) {
  const { batch, height, width, lossWeights = {}, lossAt = 'head', accumulate = 1 } = options;
  const outputs: Record<string, Tensor> = {};
  const counts: Record<string, Tensor> = {};
  const losses: TaskLoss[] = [];
  for (const [task, logits] of network.logits) {
    const [h, w] = task.level === 'image' ? [1, 1] : (options.labelSize ?? [height, width]);
    const label = source(named.label(task.name), [batch, task.label.channels, h, w]);
    const { sum, count } = labelled(`${task.name}.loss`, () =>
      lossOf(task, logits, label, { image: network.image, lossAt }),
    );
    const divisor = accumulate > 1 ? source(named.count(task.name), []) : count;
    const loss = labelled(`${task.name}.loss`, () => meanOf({ sum, count: divisor }));
    outputs[named.loss(task.name)] = loss;
    counts[named.count(task.name)] = count;
    if (options.keepLogits) outputs[named.logits(task.name)] = logits;
    losses.push({
      task,
      loss: labelled(`${task.name}.loss`, () => mul(loss, lossWeights[task.name] ?? 1)),
      ...(accumulate > 1 && { present: source(named.present(task.name), []) }),
    });
  }
  return { losses, outputs, counts };
}

/** The loss of a task over a batch, at the cells of its logits or at the pixels of the image. */
function lossOf(
  task: Task,
  logits: Tensor,
  label: Tensor,
  { image, lossAt }: { readonly image: Tensor; readonly lossAt: LossAt },
): LossSum {
  const sameCells = sameShape(logits.shape.slice(2), label.shape.slice(2));
  if (task.level === 'image' || sameCells) return task.loss(logits, label);
  if ((task.lossAt ?? lossAt) === 'image') return task.loss(resizeLike(logits, image), label);
  return task.loss(logits, samplePixels(label, logits));
}

/** Where each of several vectors lies in their concatenation. */
function slotsOf(vectors: Vectors): Slot[] {
  let end = 0;
  return vectors.map(([name, { shape }]) => {
    const start = end;
    end += sizeOf(shape);
    return { name, start, end };
  });
}
