/** Updates of weights that stay on a device, with the state of the optimizer: only losses come back each step. */
import {
  type DeviceMemory,
  type DeviceSession,
  type DeviceTensor,
  type HostTensor,
  MOST_OPTIMISED_NODES,
  type Model,
  type Runtime,
  type Target,
  type Upload,
} from '../../engine/index.js';
import type { Values } from '../../nn/scope.js';
import { averageShare, type WeightAverage } from '../average.js';
import { failureOfLosses, firstNonFinite } from '../diagnose.js';
import { badFeed, feedsOf, type StepFeeds, splitOnce } from '../feeds.js';
import { LabelCounter } from '../label-counter.js';
import type { Optimizer, UpdateOptions } from '../optimizers/index.js';
import { named, type StepGraph } from '../step-graph.js';
import type { UpdateRequest, UpdateResult, Updater } from '../updater.js';
import type { Weigher } from '../weigher.js';
import type { Matrix } from '../weighting/weighting.js';
import { buildGram, buildSums, furtherName, readGram, sumName } from './gradient-graphs.js';
import { buildUpdate, type UpdateGraph, updateNames } from './update-graph.js';

type Tensors = Map<string, DeviceTensor>;

export interface DeviceUpdaterOptions extends UpdateOptions {
  readonly graph: StepGraph;
  readonly runtime: Runtime;
  readonly memory: DeviceMemory;
  readonly target?: Target;
  /** Variables, slots of the optimizer and averages on the host, which are uploaded at the first update. */
  readonly values: Values;
  readonly optimizer: Optimizer;
  readonly average?: WeightAverage;
  readonly weigher: Weigher;
}

/** Sessions of an update. */
interface Sessions {
  readonly step: DeviceSession;
  readonly update: DeviceSession;
  /** Adds the gradients of several batches. */
  readonly sums?: DeviceSession;
  readonly gram?: DeviceSession;
  readonly counter?: LabelCounter;
}

/**
 * Makes updates on a device. The graph of the step leaves gradients on the device, and the graph of the update makes
 * the next weights of them. New tensors take the place of old ones, which are freed.
 */
export class DeviceUpdater implements Updater {
  /** Variables, slots and averages on the device, by their names in the update's graph; undefined before the first update. */
  private tensors: Tensors | undefined;
  private upload: Upload | undefined;
  /** Whether the arrays on the host are older than the tensors. */
  private stale = false;

  private constructor(
    private readonly options: DeviceUpdaterOptions,
    private readonly updateGraph: UpdateGraph,
    private readonly sessions: Sessions,
    /** The arrays on the host that the tensors stand for, by the same names. */
    private readonly home: ReadonlyMap<string, HostTensor & { readonly data: Float32Array }>,
  ) {}

  static async open(options: DeviceUpdaterOptions): Promise<DeviceUpdater> {
    const { graph, runtime, memory, target, optimizer, average, weigher, rates, clip } = options;
    const updates = buildUpdate({ step: graph, rule: optimizer.rule, rates, clip, averages: !!average, target });
    const sums = graph.accumulate > 1 ? buildSums(graph, target) : undefined;
    const gram = weigher.needsGram ? buildGram(graph, target) : undefined;
    const home = homeOf(options);
    const opened: { close(): Promise<void> }[] = [];
    const open = async (model: Model, keep: readonly string[] = []) => {
      const session = await memory.open(model.bytes, { keep, optimise: model.nodeCount <= MOST_OPTIMISED_NODES });
      opened.push(session);
      return session;
    };
    try {
      const sessions = {
        step: await open(graph.model, graph.kept),
        update: await open(updates.model, updates.kept),
        sums: sums && (await open(sums, [...sums.outputs.keys()])),
        gram: gram && (await open(gram)),
        counter: await LabelCounter.open(graph, runtime),
      };
      return new DeviceUpdater(options, updates, sessions, home);
    } catch (error) {
      for (const session of opened) await session.close();
      throw error;
    }
  }

  get graph(): StepGraph {
    return this.options.graph;
  }

  async apply(request: UpdateRequest): Promise<UpdateResult> {
    const { memory, weigher, values } = this.options;
    this.upload ??= await memory.upload(Object.fromEntries(this.home));
    this.tensors ??= new Map(Object.entries(this.upload.tensors));
    const { losses, counts, gradients } = await this.computeGradients(request);
    try {
      const { update, fed } = request;
      const { weights, factors } = weigher.decide(update, losses, await this.gramOf(gradients), fed, values);
      await this.moveWeights(request, gradients, factors);
      return { losses, counts, weights };
    } finally {
      dispose(gradients);
    }
  }

  /** Runs the batches of an update. The caller disposes the gradients, which have the names of the graph's outputs. */
  private async computeGradients({ batches, feedsOf: feedsOfBatch, fail }: UpdateRequest) {
    const counts = await this.sessions.counter?.countAll(batches, feedsOfBatch);
    const losses: Record<string, number> = {};
    let gradients: Tensors | undefined;
    let own: Record<string, number> = {};
    try {
      for (let i = 0; i < batches; i++) {
        const feeds = { ...feedsOfBatch(i), ...(counts && { counts }) };
        const found = await this.runStep(feeds);
        own = found.counts;
        for (const [task, loss] of Object.entries(found.losses)) losses[task] = (losses[task] ?? 0) + loss;
        gradients = gradients ? await this.added(gradients, found.gradients) : found.gradients;
        const failure = failureOfLosses(found.losses);
        if (failure) await this.fetch().then(() => fail(failure, feeds));
      }
    } catch (error) {
      dispose(gradients);
      throw error;
    }
    if (!gradients) throw new Error('an update of no batches');
    return { losses, counts: counts ?? own, gradients };
  }

  /** Runs forward and backward, and takes over the running statistics. */
  private async runStep(batch: StepFeeds) {
    const { model, accumulate, packed } = this.graph;
    const { feeds, rest } = feedsOf(model, batch, accumulate);
    const tensors = this.tensors as Tensors; // uploaded by `apply`
    const given: Record<string, HostTensor | DeviceTensor> = feeds;
    for (const name of rest) {
      const tensor = tensors.get(name);
      if (!tensor) throw badFeed(name, model.inputs.get(name)?.shape ?? [], undefined);
      given[name] = tensor;
    }
    const { host, device } = await this.sessions.step.run(given);
    const gradients: Tensors = new Map();
    for (const [name, tensor] of Object.entries(device)) {
      const [kind, path] = splitOnce(name);
      if (kind === 'next') this.replace(path, tensor);
      else gradients.set(name, tensor);
    }
    const losses: Record<string, number> = {};
    const counts: Record<string, number> = {};
    const numbers = host[named.vectors].data;
    for (const { name, start } of packed) {
      const [kind, task] = splitOnce(name);
      (kind === 'loss' ? losses : counts)[task] = Number(numbers[start]);
    }
    return { losses, counts, gradients };
  }

  /** The scalar products of the tasks' gradients, where the weighting needs them. */
  private async gramOf(gradients: Tensors): Promise<Matrix | undefined> {
    const { gram } = this.sessions;
    if (!gram) return undefined;
    const ofTasks = [...gradients].filter(([name]) => splitOnce(name)[0] === 'taskGradient');
    const { host } = await gram.run(Object.fromEntries(ofTasks));
    return readGram(host, this.options.weigher.tasks.length);
  }

  /** The sums of two batches' gradients, which are disposed. */
  private async added(gradients: Tensors, further: Tensors): Promise<Tensors> {
    const { sums } = this.sessions;
    if (!sums) throw new Error('a step of one batch an update has nothing to add');
    const renamed = [...further].map(([name, tensor]) => [furtherName(name), tensor] as const);
    const { device } = await sums.run(Object.fromEntries([...gradients, ...renamed]));
    dispose(gradients);
    dispose(further);
    return new Map([...gradients.keys()].map((name) => [name, device[sumName(name)]]));
  }

  /** Runs the update, and takes over what it makes where all gradients are finite. */
  private async moveWeights(
    request: UpdateRequest,
    gradients: Tensors,
    factors: readonly number[] = [],
  ): Promise<void> {
    const { model, kept } = this.updateGraph;
    const scalars = { ...this.scalarsOf(request), ...this.factorFeeds(factors) };
    const tensors = new Map([...(this.tensors as Tensors), ...gradients]);
    const feeds: Record<string, HostTensor | DeviceTensor> = {};
    for (const [name, type] of model.inputs) {
      const data = scalars[name];
      const fed = data ? { ...type, data } : tensors.get(name);
      if (!fed) throw new Error(`the update asks for ${name}, which nothing gives`);
      feeds[name] = fed;
    }
    const { host, device } = await this.sessions.update.run(feeds);
    const norm = Number(host[updateNames.norm].data[0]);
    if (!Number.isFinite(norm)) {
      for (const tensor of Object.values(device)) tensor.dispose();
      await this.fail(request, gradients, norm);
    }
    for (const name of kept) this.replace(splitOnce(name)[1], device[name]);
    for (const path of this.graph.paths.weighting)
      this.options.values.get(path)?.set(host[updateNames.seen(path)].data as Float32Array);
  }

  /** What the update is fed besides tensors. */
  private scalarsOf({ update, rate }: UpdateRequest): Record<string, Float32Array> {
    const { optimizer, average } = this.options;
    const { rule } = optimizer;
    const rows = this.updateGraph.classes.flatMap(({ multiple, decays }) => {
      const scalars = rule.scalars({ rate: rate * multiple, clipFactor: 1, decays, update: update + 1 });
      return rule.formulas.scalars.map((name) => scalars[name]);
    });
    return {
      [updateNames.scalars]: Float32Array.from(rows),
      ...(average && { [updateNames.averageShare]: Float32Array.of(averageShare(average.decay, update + 1)) }),
    };
  }

  private factorFeeds(factors: readonly number[]): Record<string, Float32Array> {
    const { tasks } = this.options.weigher;
    return Object.fromEntries(factors.map((factor, t) => [updateNames.factor(tasks[t].name), Float32Array.of(factor)]));
  }

  /** Throws the error for gradients whose norm is not finite. Of several batches the last one is searched for the cause. */
  private async fail({ fail, feedsOf, batches }: UpdateRequest, gradients: Tensors, norm: number): Promise<never> {
    await this.fetch();
    const found = await this.options.memory.download(Object.fromEntries(gradients));
    const path = firstNonFinite(
      Object.entries(found)
        .map(([name, { data }]) => [splitOnce(name)[1], data as Float32Array] as const)
        .reverse(),
    );
    const failure = path ? `the gradient of ${path} is not finite` : `the norm of the gradients is ${norm}`;
    return fail(failure, feedsOf(batches - 1));
  }

  /** Puts a new tensor in the place of the one of that name. */
  private replace(name: string, tensor: DeviceTensor): void {
    const tensors = this.tensors as Tensors; // uploaded by `apply`
    tensors.get(name)?.dispose();
    tensors.set(name, tensor);
    this.stale = true;
  }

  async fetch(): Promise<void> {
    if (!this.stale || !this.tensors) return;
    const found = await this.options.memory.download(Object.fromEntries(this.tensors));
    for (const [name, { data }] of this.home) data.set(found[name].data as Float32Array);
    this.stale = false;
  }

  async close(): Promise<void> {
    dispose(this.tensors);
    this.tensors = undefined;
    const { step, update, sums, gram, counter } = this.sessions;
    for (const session of [step, update, sums, gram, counter, this.upload]) await session?.close();
    this.upload = undefined;
  }
}

function dispose(tensors: Tensors | undefined): void {
  for (const tensor of tensors?.values() ?? []) tensor.dispose();
}

/** The arrays on the host that stay on the device during training, by their names in the update's graph. */
function homeOf({ graph, values, optimizer, average }: DeviceUpdaterOptions) {
  const home = new Map<string, HostTensor & { readonly data: Float32Array }>();
  for (const { path, shape, role } of graph.variables.values()) {
    const put = (name: string, data: Float32Array | undefined) => {
      if (!data) throw new Error(`no values for ${name}`);
      home.set(name, { dtype: 'float32', shape, data });
    };
    put(path, values.get(path));
    if (average) put(updateNames.average(path), average.values.get(path));
    if (role === 'statistic') continue;
    for (const slot of optimizer.rule.slots) put(updateNames.slot(slot, path), optimizer.state.get(`${slot}.${path}`));
  }
  return home;
}
