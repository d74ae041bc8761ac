/** One training step as one graph: forward pass, losses, gradients and running statistics. */
import type { Floats, HostTensor, Target } from '../engine/index.js';
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
  sizeOf,
  source,
  type Tensor,
  toModel,
} from '../engine/index.js';
import { buildNetwork, type NetworkOptions } from '../network.js';
import type { Mask, Values, Variable } from '../nn/scope.js';
import { meanOf } from '../tasks/masked.js';
import type { LossSum, Task } from '../tasks/task.js';
import { objectiveOf, type Slopes, weightName } from './objective.js';
import type { TaskLoss, Weighting } from './weighting/weighting.js';

export interface StepOptions {
  readonly network: NetworkOptions;
  /** Factor of each task's loss, by task name; 1 where none is given. */
  readonly lossWeights?: Readonly<Record<string, number>>;
  /** How the losses become one; their sum by default. */
  readonly weighting?: Weighting;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** Where the losses of pixels are taken: at the cells of the head, as published, or at the image's pixels. */
  readonly lossAt?: LossAt;
  /** Height and width of the labels of pixels: the image's by default, or the head's. */
  readonly labelSize?: readonly [number, number];
  /** Batches of an update, whose losses and gradients the host adds up; 1 by default. */
  readonly accumulate?: number;
  /** Also return every task's logits, as `logits.TASK`. */
  readonly keepLogits?: boolean;
  /**
   * What the graph is lowered for: by default `cpu`, whose graphs are the same on every machine; a run of training asks
   * its runtime. Feeds and values have the target's precision.
   */
  readonly target?: Target;
}

export interface StepGraph {
  readonly model: Model;
  /** Where an update has several batches: what each task's loss counts in a batch, as `count.TASK`. */
  readonly counts?: Model;
  /** Batches of an update. */
  readonly accumulate: number;
  readonly variables: ReadonlyMap<string, Variable>;
  readonly masks: readonly Mask[];
  /** Share of its value that a running statistic keeps in a step, by path. */
  readonly momenta: ReadonlyMap<string, number>;
  /** Where the output `vectors` holds what: an output costs the same however short it is, and most are short. */
  readonly packed: readonly Slot[];
}

interface Slot {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Names of the values that go in and out of a step, beside the variables' paths. */
export const named = {
  image: 'image',
  label: (task: string) => `label.${task}`,
  loss: (task: string) => `loss.${task}`,
  logits: (task: string) => `logits.${task}`,
  gradient: (path: string) => `gradient.${path}`,
  observed: (path: string) => `observed.${path}`,
  /** The gradient of one task's loss alone. */
  apart: (task: string, path: string) => `apart.${task}.${path}`,
  weight: weightName,
  /** What the loss of a task is divided by: returned, or, of an update of several batches, fed. */
  count: (task: string) => `count.${task}`,
  present: (task: string) => `present.${task}`,
  vectors: 'vectors',
};

/** Builds the graph of one step. */
export function buildStep(options: StepOptions): StepGraph {
  const {
    batch,
    height,
    width,
    lossWeights = {},
    weighting = { form: 'fixed' },
    lossAt = 'head',
    accumulate = 1,
  } = options;
  const network = buildNetwork(options.network, 'train', [batch, height, width]);
  const { variables, observations, masks } = network.build;
  const outputs: Record<string, Tensor> = {};
  const losses: TaskLoss[] = [];
  const counts: Record<string, Tensor> = {};
  for (const [task, logits] of network.logits) {
    const [h, w] = task.level === 'image' ? [1, 1] : (options.labelSize ?? [height, width]);
    const label = source(named.label(task.name), [batch, task.label.channels, h, w]);
    const sums = labelled(`${task.name}.loss`, () => lossOf(task, logits, label, { image: network.image, lossAt }));
    const whole = accumulate > 1 ? source(named.count(task.name), []) : sums.count;
    const loss = labelled(`${task.name}.loss`, () => meanOf({ sum: sums.sum, count: whole }));
    outputs[named.loss(task.name)] = loss;
    counts[named.count(task.name)] = sums.count;
    if (options.keepLogits) outputs[named.logits(task.name)] = logits;
    losses.push({
      task,
      loss: labelled(`${task.name}.loss`, () => mul(loss, lossWeights[task.name] ?? 1)),
      ...(accumulate > 1 && { present: source(named.present(task.name), []) }),
    });
  }
  if (accumulate === 1) Object.assign(outputs, counts);
  const { slopes, apart } = objectiveOf(weighting, losses, network.build, accumulate);
  const vectors: (readonly [string, Tensor])[] = [];
  const momenta = new Map<string, number>();
  for (const [path, { observed, momentum }] of observations) {
    vectors.push([named.observed(path), observed]);
    momenta.set(path, momentum);
  }
  /** Gradients that the host reads as arrays, whatever their shape. */
  const matrices = new Set<string>();
  const put = (some: Slopes, name: (path: string) => string) => {
    for (const [path, slope] of some) {
      if (slope.shape.length === 1) vectors.push([name(path), slope]);
      else {
        outputs[name(path)] = slope;
        matrices.add(name(path));
      }
    }
  };
  put(slopes, named.gradient);
  for (const [task, some] of apart) put(some, (path) => named.apart(task, path));
  const packed: Slot[] = [];
  let end = 0;
  for (const [name, { shape }] of vectors) {
    const start = end;
    end += sizeOf(shape);
    packed.push({ name, start, end });
  }
  if (vectors.length > 0)
    outputs[named.vectors] = concat(
      vectors.map(([, vector]) => vector),
      0,
    );
  const { target } = options;
  return {
    model: toModel(outputs, { target, elementsOnly: matrices }),
    ...(accumulate > 1 && { counts: toModel(counts, { target }) }),
    accumulate,
    variables,
    masks,
    momenta,
    packed,
  };
}

/** Where the losses of pixels are taken. */
export type LossAt = 'head' | 'image';

/** The loss of a batch where it is taken. */
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

/** What a step asks for at each run, beside the variables. */
export interface StepFeeds<A extends Floats = Float32Array> {
  /** [N, 3, H, W] */
  readonly image: A;
  /** Labels by task name, [N, C, H, W]. */
  readonly labels: Readonly<Record<string, A>>;
  /** Random bytes of the dropout layers by name. */
  readonly masks: Readonly<Record<string, Uint8Array>>;
  /** Weights of the losses by task name, where the weighting chooses them. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Of an update of several batches, what each task's loss counts in all of them. */
  readonly counts?: Readonly<Record<string, number>>;
}

export interface StepResult<A extends Floats = Float32Array> {
  /** Unweighted losses by task name. */
  readonly losses: Readonly<Record<string, number>>;
  /** What each task's loss was divided by: labelled pixels, or the weights of their classes; 0 where there is no label. */
  readonly counts: Readonly<Record<string, number>>;
  /** By path, for every variable that is trained, but for those whose gradients the weighting wants to join. */
  readonly gradients: ReadonlyMap<string, A>;
  /** Gradients of single tasks that the weighting asks for, by task name and path. */
  readonly apart: ReadonlyMap<string, ReadonlyMap<string, A>>;
  /** Everything the graph returned, by output name. */
  readonly outputs: Readonly<Record<string, HostTensor>>;
}

/**
 * A step that is ready to run. Values are read at each run and, for running statistics, written; they are arrays of
 * the graph's precision.
 */
export class CompiledStep<A extends Floats = Float32Array> {
  private constructor(
    readonly graph: StepGraph,
    private readonly session: Session,
    private readonly counting: Session | undefined,
    /** Feeds of the variables. */
    private readonly variables: Readonly<Record<string, HostTensor>>,
    private readonly values: Values<A>,
  ) {}

  static async open<A extends Floats>(graph: StepGraph, runtime: Runtime, values: Values<A>): Promise<CompiledStep<A>> {
    const variables: Record<string, HostTensor> = {};
    for (const path of graph.variables.keys()) {
      const data = values.get(path);
      if (!data) throw new Error(`no values for ${path}`);
      const type = graph.model.inputs.get(path);
      if (type) variables[path] = { ...type, data };
    }
    const session = await runtime.open(graph.model.bytes, { optimise: graph.model.nodeCount <= MOST_OPTIMISED_NODES });
    try {
      const counting = graph.counts && (await runtime.open(graph.counts.bytes));
      return new CompiledStep(graph, session, counting, variables, values);
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** What each task's loss counts in a batch of an update of several: to be summed and fed to `run`. */
  async count(feeds: StepFeeds<A>): Promise<Record<string, number>> {
    const { counts } = this.graph;
    if (!counts || !this.counting) throw new Error('a step of one batch counts by itself');
    const found = await this.counting.run(this.feedsOf(counts, feeds));
    return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [splitOnce(name)[1], Number(data[0])]));
  }

  /** What a batch feeds, by the names of the graph. */
  private given({
    image,
    labels,
    masks,
    weights = {},
    counts = {},
  }: StepFeeds<A>): Record<string, Floats | Uint8Array> {
    const given: Record<string, Floats | Uint8Array> = { [named.image]: image, ...masks };
    for (const [task, label] of Object.entries(labels)) given[named.label(task)] = label;
    const Numbers = image.constructor as Float32ArrayConstructor;
    for (const [task, weight] of Object.entries(weights)) given[named.weight(task)] = Numbers.of(weight);
    for (const [task, count] of Object.entries(counts)) {
      given[named.count(task)] = Numbers.of(count);
      given[named.present(task)] = Numbers.of(count > 0 ? 1 / this.graph.accumulate : 0);
    }
    return given;
  }

  /** All that a model asks for, of this batch alone. @throws Error naming what the batch lacks */
  private feedsOf({ inputs }: Model, batch: StepFeeds<A>): Record<string, HostTensor> {
    const given = this.given(batch);
    const feeds: Record<string, HostTensor> = {};
    for (const [name, type] of inputs) {
      const data = given[name];
      const feed = data ? { ...type, data } : this.variables[name];
      if (!feed) throw new Error(`the step asks for ${name}, and the batch that it was given has none`);
      feeds[name] = feed;
    }
    return feeds;
  }

  /**
   * Runs forward and backward and moves the running statistics on; the variables stay as they are.
   * @throws Error when the batch lacks an image, label, mask, weight or count that the graph asks for
   */
  async run(batch: StepFeeds<A>): Promise<StepResult<A>> {
    const outputs = await this.session.run(this.feedsOf(this.graph.model, batch));
    const losses: Record<string, number> = {};
    const counts: Record<string, number> = {};
    const slopes = new Map<string, A>();
    const apart = new Map<string, Map<string, A>>();
    const take = (name: string, data: A) => {
      const [kind, path] = splitOnce(name);
      if (kind === 'loss') losses[path] = data[0];
      else if (kind === 'count') counts[path] = data[0];
      else if (kind === 'gradient') slopes.set(path, data);
      else if (kind === 'observed') this.move(path, data);
      else if (kind === 'apart') {
        const [task, own] = splitOnce(path);
        apart.set(task, (apart.get(task) ?? new Map<string, A>()).set(own, data));
      }
    };
    for (const [name, { data }] of Object.entries(outputs)) {
      const array = data as A;
      if (name !== named.vectors) take(name, array);
      else for (const slot of this.graph.packed) take(slot.name, array.subarray(slot.start, slot.end) as A);
    }
    return { losses, counts, gradients: slopes, apart, outputs };
  }

  /** Moves a running statistic towards what the batch showed of it. */
  private move(path: string, observed: A): void {
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

function splitOnce(name: string): [string, string] {
  const dot = name.indexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}
