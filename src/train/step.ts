/** A training step that is ready to run, with its weights on the host. */
import {
  type Floats,
  type HostTensor,
  MOST_OPTIMISED_NODES,
  type Model,
  type Runtime,
  type Session,
  sizeOf,
  type ValueType,
} from '../engine/index.js';
import type { Values } from '../nn/scope.js';
import { badFeed, feedsOf, type StepFeeds, splitOnce } from './feeds.js';
import { moveTowards } from './kernel/sums.js';
import { LabelCounter } from './label-counter.js';
import { named, type StepGraph } from './step-graph.js';

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
    /** Counts the labels of an update of several batches. */
    readonly counter: LabelCounter | undefined,
    private readonly values: Values<A>,
  ) {}

  /** @throws Error when a variable of the graph has no values */
  static async open<A extends Floats>(graph: StepGraph, runtime: Runtime, values: Values<A>): Promise<CompiledStep<A>> {
    for (const path of graph.variables.keys()) if (!values.has(path)) throw new Error(`no values for ${path}`);
    const session = await runtime.open(graph.model.bytes, { optimise: graph.model.nodeCount <= MOST_OPTIMISED_NODES });
    try {
      return new CompiledStep(graph, session, await LabelCounter.open(graph, runtime), values);
    } catch (error) {
      await session.close();
      throw error;
    }
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
  private feedsOf(model: Model, batch: StepFeeds<A>): Record<string, HostTensor> {
    const { feeds, rest } = feedsOf(model, batch, this.graph.accumulate);
    for (const name of rest) {
      const type = model.inputs.get(name) as ValueType; // `rest` lists inputs
      const data = this.values.get(name);
      if (data?.length !== sizeOf(type.shape)) throw badFeed(name, type.shape, data?.length);
      feeds[name] = { ...type, data };
    }
    return feeds;
  }

  private updateStatistic(path: string, target: A): void {
    const value = this.values.get(path);
    const momentum = this.graph.momenta.get(path);
    if (!value || momentum === undefined) throw new Error(`no running statistic ${path}`);
    moveTowards({ value, target }, { share: 1 - momentum });
  }

  async close(): Promise<void> {
    await this.session.close();
    await this.counter?.close();
  }
}
