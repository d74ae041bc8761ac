/** One training step as one graph: forward pass, losses, gradients and running statistics. */
import type { Floats, HostTensor, Shape, Target } from '../engine/index.js';
import {
  concat,
  labelled,
  MOST_OPTIMISED_NODES,
  type Model,
  mul,
  type Runtime,
  resizeLike,
  type Session,
  sameShape,
  samplePixels,
  showShape,
  sizeOf,
  source,
  type Tensor,
  toModel,
} from '../engine/index.js';
import { NddrError } from '../errors.js';
import { buildNetwork, type Network, type NetworkOptions } from '../network.js';
import type { Mask, Values, Variable } from '../nn/scope.js';
import { meanOf } from '../tasks/masked.js';
import type { LossSum, Task } from '../tasks/task.js';
import { type GradientTensors, objectiveOf, weightName } from './objective.js';
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
};

/** Builds the graph of one step: its losses, gradients and the statistics of the batch. */
export function buildStep(options: StepOptions): StepGraph {
  const { batch, height, width, weighting = { form: 'fixed' }, accumulate = 1, target } = options;
  const network = buildNetwork(options.network, 'train', [batch, height, width]);
  const { variables, observations, masks } = network.build;
  const { losses, outputs, counts } = buildLosses(network, options);
  if (accumulate === 1) Object.assign(outputs, counts);
  const { gradients, taskGradients } = objectiveOf(weighting, losses, network.build, accumulate);
  const vectors: (readonly [string, Tensor])[] = [];
  const momenta = new Map<string, number>();
  for (const [path, { observed, momentum }] of observations) {
    vectors.push([named.observed(path), observed]);
    momenta.set(path, momentum);
  }
  /** Gradients that the host reads as arrays, whatever their shape. */
  const matrices = new Set<string>();
  const addOutputs = (found: GradientTensors, nameOf: (path: string) => string) => {
    for (const [path, gradient] of found) {
      if (gradient.shape.length === 1) vectors.push([nameOf(path), gradient]);
      else {
        outputs[nameOf(path)] = gradient;
        matrices.add(nameOf(path));
      }
    }
  };
  addOutputs(gradients, named.gradient);
  for (const [task, found] of taskGradients) addOutputs(found, (path) => named.taskGradient(task, path));
  if (vectors.length > 0)
    outputs[named.vectors] = concat(
      vectors.map(([, vector]) => vector),
      0,
    );
  return {
    model: toModel(outputs, { target, elementsOnly: matrices }),
    ...(accumulate > 1 && { counts: toModel(counts, { target }) }),
    ...{ accumulate, variables, masks, momenta, packed: slotsOf(vectors) },
  };
}

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
function slotsOf(vectors: readonly (readonly [string, Tensor])[]): Slot[] {
  let end = 0;
  return vectors.map(([name, { shape }]) => {
    const start = end;
    end += sizeOf(shape);
    return { name, start, end };
  });
}

/** What a step is fed at each run, besides the variables; arrays are of the graph's precision. */
export interface StepFeeds<A extends Floats = Float32Array> {
  /** [N, 3, H, W], RGB, 0..255. */
  readonly image: A;
  /** Labels by task name, [N, C, H, W], for every task: filled with `unlabelled` where a sample has no label. */
  readonly labels: Readonly<Record<string, A>>;
  /** Random bytes of the dropout layers, by the names of `StepGraph.masks`. */
  readonly masks: Readonly<Record<string, Uint8Array>>;
  /** Weights of the losses by task name, where the weighting is adaptive. */
  readonly weights?: Readonly<Record<string, number>>;
  /** In an update of several batches: what each task's loss is divided by, over all batches. */
  readonly counts?: Readonly<Record<string, number>>;
}

export interface StepResult<A extends Floats = Float32Array> {
  /** Losses by task name, before any weighting. */
  readonly losses: Readonly<Record<string, number>>;
  /**
   * What each task's loss was divided by: labelled pixels, or the weights of their classes; 0 where there is no label.
   */
  readonly counts: Readonly<Record<string, number>>;
  /** By path: `Objective.gradients`. */
  readonly gradients: ReadonlyMap<string, A>;
  /** By task name and path: `Objective.taskGradients`. */
  readonly taskGradients: ReadonlyMap<string, ReadonlyMap<string, A>>;
  /** Everything that the graph returned, by output name. */
  readonly outputs: Readonly<Record<string, HostTensor>>;
}

/**
 * A step that is ready to run. Values are read at each run; those of running statistics are also written. They are
 * arrays of the graph's precision.
 */
export class CompiledStep<A extends Floats = Float32Array> {
  private constructor(
    readonly graph: StepGraph,
    private readonly session: Session,
    private readonly counting: Session | undefined,
    private readonly values: Values<A>,
  ) {}

  /** @throws Error when a variable of the graph has no values */
  static async open<A extends Floats>(graph: StepGraph, runtime: Runtime, values: Values<A>): Promise<CompiledStep<A>> {
    for (const path of graph.variables.keys()) if (!values.has(path)) throw new Error(`no values for ${path}`);
    const session = await runtime.open(graph.model.bytes, { optimise: graph.model.nodeCount <= MOST_OPTIMISED_NODES });
    try {
      const counting = graph.counts && (await runtime.open(graph.counts.bytes));
      return new CompiledStep(graph, session, counting, values);
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /**
   * What each task's loss counts in one batch of an update of several, by task name: the sums over the batches are the
   * `counts` of `run`.
   * @throws NddrError as `run`
   */
  async count(batch: StepFeeds<A>): Promise<Record<string, number>> {
    const { counts } = this.graph;
    if (!counts || !this.counting) throw new Error('a step of one batch an update counts by itself');
    const found = await this.counting.run(this.feedsOf(counts, batch));
    return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [splitOnce(name)[1], Number(data[0])]));
  }

  /**
   * Runs forward and backward and updates the running statistics; the other variables stay as they are.
   * @throws NddrError naming what the batch lacks, or what has another size than the graph was built for
   */
  async run(batch: StepFeeds<A>): Promise<StepResult<A>> {
    const outputs = await this.session.run(this.feedsOf(this.graph.model, batch));
    const losses: Record<string, number> = {};
    const counts: Record<string, number> = {};
    const gradients = new Map<string, A>();
    const taskGradients = new Map<string, Map<string, A>>();
    const sort = (name: string, data: A) => {
      const [kind, path] = splitOnce(name);
      if (kind === 'loss') losses[path] = data[0];
      else if (kind === 'count') counts[path] = data[0];
      else if (kind === 'gradient') gradients.set(path, data);
      else if (kind === 'observed') this.updateStatistic(path, data);
      else if (kind === 'taskGradient') {
        const [task, variable] = splitOnce(path);
        taskGradients.set(task, (taskGradients.get(task) ?? new Map<string, A>()).set(variable, data));
      }
    };
    for (const [name, { data }] of Object.entries(outputs)) {
      const array = data as A;
      if (name !== named.vectors) sort(name, array);
      else for (const slot of this.graph.packed) sort(slot.name, array.subarray(slot.start, slot.end) as A);
    }
    return { losses, counts, gradients, taskGradients, outputs };
  }

  /** The inputs of a model, each from the batch or from the values of the variables. */
  private feedsOf({ inputs }: Model, batch: StepFeeds<A>): Record<string, HostTensor> {
    const given = this.namedFeeds(batch);
    return Object.fromEntries(
      [...inputs].map(([name, type]): [string, HostTensor] => {
        const data = given[name] ?? this.values.get(name);
        if (data?.length !== sizeOf(type.shape)) throw badFeed(name, type.shape, data?.length);
        return [name, { ...type, data }];
      }),
    );
  }

  /** What a batch gives, by the names of the graph's inputs. */
  private namedFeeds({
    image,
    labels,
    masks,
    weights = {},
    counts = {},
  }: StepFeeds<A>): Readonly<Record<string, Floats | Uint8Array>> {
    const feeds: Record<string, Floats | Uint8Array> = { [named.image]: image, ...masks };
    for (const [task, label] of Object.entries(labels)) feeds[named.label(task)] = label;
    const Numbers = image.constructor as Float32ArrayConstructor;
    for (const [task, weight] of Object.entries(weights)) feeds[named.weight(task)] = Numbers.of(weight);
    for (const [task, count] of Object.entries(counts)) {
      feeds[named.count(task)] = Numbers.of(count);
      feeds[named.present(task)] = Numbers.of(count > 0 ? 1 / this.graph.accumulate : 0);
    }
    return feeds;
  }

  /** r <- momentum r + (1 - momentum) observed */
  private updateStatistic(path: string, observed: A): void {
    const values = this.values.get(path);
    const momentum = this.graph.momenta.get(path);
    if (!values || momentum === undefined) throw new Error(`no running statistic ${path}`);
    for (let i = 0; i < values.length; i++) values[i] = momentum * values[i] + (1 - momentum) * observed[i];
  }

  async close(): Promise<void> {
    await this.session.close();
    await this.counting?.close();
  }
}

/** @param found the length of what was given; undefined where nothing was */
function badFeed(name: string, shape: Shape, found: number | undefined): NddrError {
  const [kind, task] = splitOnce(name);
  const what = kind === 'label' ? `labels of the task "${task}"` : `values for "${name}"`;
  const wanted = `${sizeOf(shape)} numbers, ${showShape(shape)}`;
  if (found !== undefined) return new NddrError(`The batch has ${found} numbers as ${what}; expected ${wanted}.`);
  const way = kind === 'label' ? ', each the label\'s "unlabelled" where a sample has none' : '';
  return new NddrError(`The batch has no ${what}: give ${wanted}${way}.`);
}

/** The parts of a name before and after its first dot. */
function splitOnce(name: string): [string, string] {
  const dot = name.indexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}
