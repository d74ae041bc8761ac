/** The training loop: a generator of events that reads from top to bottom. */
import type { Runtime } from '../engine/index.js';
import { NotFiniteError } from '../errors.js';
import type { NetworkOptions } from '../network.js';
import { initialValues, parameterCount, type Values, type Variable } from '../nn/scope.js';
import { Random } from '../random.js';
import type { TaskValues } from '../tasks/score.js';
import { accumulated } from './accumulate.js';
import { WeightAverage } from './average.js';
import { calibrateFusion } from './calibrate.js';
import { ADVICE, diagnose, failureOf, firstNonFinite } from './diagnose.js';
import { DropoutMasks } from './dropout.js';
import type { EvaluationImage } from './evaluate.js';
import { type Choice, judge, judgedBy, judgeOf, type Worth } from './judging.js';
import { createOptimizer, type OptimizerConfig, type UpdateOptions } from './optimizers/index.js';
import { type ScheduleConfig, scheduleOf } from './schedule.js';
import { restore, type StartingWeights, type TakenOver, takeOver } from './start.js';
import { buildStep, CompiledStep, type LossAt, type StepFeeds } from './step.js';
import { type ByTask, type Weighed, Weigher } from './weigher.js';
import { createWeighting, type WeightingConfig } from './weighting/index.js';

export interface TrainingSettings extends UpdateOptions, Choice {
  /** Updates of the whole training. */
  readonly steps: number;
  /** Images a batch. */
  readonly batch: number;
  /** Batches an update; 1 by default. */
  readonly accumulate?: number;
  readonly height: number;
  readonly width: number;
  readonly rate: number;
  readonly schedule: ScheduleConfig;
  readonly optimizer: OptimizerConfig;
  /** Share of its value that the moving average of the weights keeps at each update; none by default. */
  readonly average?: number | null;
  readonly seed: number;
  /** Fixed factors of the losses by task name; 1 where none is given. */
  readonly lossWeights: ByTask;
  /** How the losses become one; their sum by default. */
  readonly weighting?: WeightingConfig;
  /** Where the losses of pixels are taken; at the head by default. */
  readonly lossAt?: LossAt;
  /** Steps from one evaluation to the next; 0: none, and the last weights are kept as the best. */
  readonly evaluateEvery: number;
  /** Evaluations in a row without a better score after which training ends; null or left out: none. */
  readonly patience?: number | null;
  readonly checkpointEvery: number;
  /** Let the fusion layers' batch norms start as the identity on the first batch. */
  readonly calibrate?: boolean;
}

/** One step's images and labels, as `Step.run` takes them. */
export interface TrainingBatch {
  readonly images: Float32Array;
  readonly labels: Readonly<Record<string, Float32Array>>;
}

export interface TrainingData {
  /** Arrays may be used again, but not before the update that they are of is done: `accumulate` calls later. */
  next(): Promise<TrainingBatch>;
  /** Samples of an epoch, where that is known. */
  readonly samples?: number;
  /** Milliseconds that `next` has kept training waiting so far. */
  readonly waitedMillis: number;
  evaluation(): AsyncIterable<EvaluationImage>;
  /** Name of the split that `evaluation` reads, for messages. */
  readonly split?: string;
}

/** All that a run must keep to go on bit for bit. The arrays are the live ones: write them before the next step. */
export interface Snapshot {
  readonly step: number;
  readonly values: Values;
  /** What optimizer, average and weighting remember, by slot and path or by slot and number. */
  readonly optimizer: Values;
  readonly variables: ReadonlyMap<string, Variable>;
  readonly progress: Progress;
}

export interface Progress {
  readonly best: { readonly step: number; readonly score: number } | null;
  /** How the best was found; scores that were found otherwise cannot be compared with it. */
  readonly judgedBy: string;
  /** Evaluations since the best one. */
  readonly since: number;
  /** Whether the evaluation of this step is still to come. */
  readonly pending: boolean;
}

/** Where a run is kept. */
export interface Store {
  save(snapshot: Snapshot): Promise<void>;
  saveBest(snapshot: Snapshot): Promise<void>;
}

export type TrainingEvent =
  | {
      readonly type: 'start';
      readonly step: number;
      readonly steps: number;
      readonly parameters: number;
      readonly openMillis: number;
    }
  | {
      readonly type: 'step';
      /** Steps done, this one included. */
      readonly step: number;
      /** NaN, in files null, of a task without a label in the whole update. */
      readonly losses: ByTask;
      /** What each loss counted, its fixed factor included. */
      readonly weights: ByTask;
      /** Sum of the losses, each times its weight. */
      readonly total: number;
      readonly rate: number;
      readonly stepMillis: number;
      readonly waitMillis: number;
    }
  | ({ readonly type: 'warm-start'; readonly step: number } & TakenOver)
  | { readonly type: 'warning'; readonly step: number; readonly message: string }
  | { readonly type: 'evaluating'; readonly step: number; readonly done: number }
  | ({
      readonly type: 'evaluation';
      readonly step: number;
      readonly split?: string;
      readonly values: TaskValues;
      readonly best: boolean;
      readonly evaluationMillis: number;
    } & Worth)
  | { readonly type: 'checkpoint'; readonly step: number }
  | { readonly type: 'stopped'; readonly step: number }
  /** `early` where patience ended it. */
  | { readonly type: 'done'; readonly step: number; readonly early?: true };

export interface TrainingOptions {
  readonly network: NetworkOptions;
  readonly settings: TrainingSettings;
  readonly data: TrainingData;
  readonly runtime: Runtime;
  readonly store: Store;
  /** Weights to begin with; what is missing is initialised. */
  readonly start?: StartingWeights;
  /** Where to go on; `data` must begin with its step's first batch. */
  readonly resume?: {
    readonly step: number;
    readonly values: Values;
    readonly optimizer: Values;
    /** Left out, or of another score: the search for the best weights begins anew. */
    readonly progress?: Progress;
  };
  /** Once aborted, the run saves after the step at hand and stops. */
  readonly signal?: AbortSignal;
}

/** Slots of a checkpoint's optimizer that begin so hold the moving average of the weights, by path. */
export const AVERAGE = 'average.';

/**
 * Trains a network. Whatever it opened is closed, however it is left.
 * @throws NotFiniteError when a loss or gradient is not finite any more, naming step, task and layer; what was saved stays
 * @throws NddrError when starting weights or a checkpoint do not fit the network
 */
export async function* train(options: TrainingOptions): AsyncGenerator<TrainingEvent> {
  const { network, settings, data, runtime, store, resume, start, signal } = options;
  const { steps, batch, height, width, lossWeights, accumulate = 1, average: keep = null } = settings;
  const opened = performance.now();
  const worthOf = judgeOf(settings, network);
  const weighting = createWeighting(settings.weighting ?? { kind: 'fixed' }, network.tasks);
  const target = await runtime.target?.();
  const { lossAt } = settings;
  const graph = buildStep({ network, batch, height, width, lossAt, lossWeights, weighting, accumulate, target });
  const { variables } = graph;
  const random = new Random(settings.seed);
  const weigher = new Weigher(weighting, network.tasks, lossWeights, random.fork('weighting'));
  const values = initialValues(variables.values(), random.fork('weights'));
  const takenOver = start && takeOver(values, variables, start);
  const optimizer = createOptimizer(settings.optimizer, variables.values(), values, settings);
  const average = keep === null ? undefined : new WeightAverage(values, keep);
  const state: Values = new Map([
    ...optimizer.state,
    ...[...weigher.state].map(([slot, array]): [string, Float32Array] => [`weighting.${slot}`, array]),
    ...[...(average?.values ?? [])].map(([path, array]): [string, Float32Array] => [AVERAGE + path, array]),
  ]);
  if (resume) {
    restore(values, resume.values, 'the checkpoint');
    restore(state, resume.optimizer, "the checkpoint's optimizer");
  }
  const rateAt = scheduleOf(settings.schedule, settings.rate, steps);
  const masks = new DropoutMasks(graph.masks);
  const maskRandom = random.fork('dropout');
  let progress = progressOf(options);
  let done = resume?.step ?? 0;
  let saved = progress;
  let savedStep = done;
  const snapshot = (): Snapshot => ({ step: done, values, optimizer: state, variables, progress });
  /** What is judged, kept as the best, and stands for the run. */
  const judged = (): Snapshot => ({ ...snapshot(), values: average?.values ?? values });
  const warned = new Set<string>();
  const taught = new Set<string>();
  /** Updates until every sample was seen once, since this call began. */
  const epoch = Math.ceil((data.samples ?? Number.POSITIVE_INFINITY) / (batch * accumulate));
  const first = done;
  const step = await CompiledStep.open(graph, runtime, values);

  /** Forward and backward through the batches of one update. */
  const backward = async (): Promise<Weighed & { readonly losses: ByTask }> => {
    const chosen = weigher.choose(done);
    const batches: TrainingBatch[] = [];
    while (batches.length < accumulate) batches.push(await data.next());
    if (settings.calibrate && done === 0) {
      const [{ images }] = batches;
      await calibrateFusion(network, values, images, [batch, height, width], runtime, random.fork('calibrate'));
    }
    const feedsOf = (i: number): StepFeeds => ({
      ...{ image: batches[i].images, labels: batches[i].labels, weights: chosen },
      masks: masks.fill(maskRandom.fork(done * accumulate + i)),
    });
    const result = await accumulated(step, accumulate, feedsOf, async (part, feeds) => {
      const failure = failureOf(part, variables);
      if (failure) throw new NotFiniteError(await diagnose({ step: done + 1, failure, values, options, feeds }));
    });
    const settled = weigher.settle(done, result, chosen, values);
    for (const { name } of network.tasks) if (result.counts[name] > 0) taught.add(name);
    const told = network.tasks.map(({ name }) => [name, result.counts[name] > 0 ? result.losses[name] : Number.NaN]);
    return { losses: Object.fromEntries(told), ...settled };
  };
  /** Saves what is not saved yet. */
  async function* save(): AsyncGenerator<TrainingEvent> {
    if (savedStep === done && saved === progress) return;
    assertFinite(values, done);
    await store.save(snapshot());
    [savedStep, saved] = [done, progress];
    yield { type: 'checkpoint', step: done };
  }
  const due = (every: number) => every > 0 && (done % every === 0 || done === steps);
  const stopping = () => signal?.aborted === true && done < steps;

  /** Judges the weights and keeps them when they are the best so far; once stopping, leaves it pending. */
  async function* evaluation(): AsyncGenerator<TrainingEvent> {
    if (stopping()) return;
    const began = performance.now();
    const judging = judge({ network, runtime, values: judged().values }, data.evaluation(), stopping);
    let found: TaskValues | undefined;
    try {
      let next = await judging.next();
      for (; !next.done; next = await judging.next()) yield { type: 'evaluating', step: done, done: next.value };
      found = next.value;
    } finally {
      await judging.return(undefined);
    }
    if (!found) return;
    const worth = worthOf(found);
    for (const task of worth.without) {
      if (warned.has(task)) continue;
      warned.add(task);
      const where = data.split === undefined ? 'What is judged' : `The split "${data.split}"`;
      const message = `${where} has no label of "${task}": it has no part in the score.`;
      yield { type: 'warning', step: done, message };
    }
    const { score } = worth;
    const best = Number.isFinite(score) && (progress.best === null || score > progress.best.score);
    progress = best
      ? { ...progress, best: { step: done, score }, since: 0, pending: false }
      : { ...progress, since: progress.since + 1, pending: false };
    if (best) await store.saveBest(judged());
    const evaluationMillis = performance.now() - began;
    const split = data.split === undefined ? {} : { split: data.split };
    yield { type: 'evaluation', step: done, ...split, values: found, ...worth, best, evaluationMillis };
  }

  try {
    const parameters = parameterCount(variables.values());
    yield { type: 'start', step: done, steps, parameters, openMillis: performance.now() - opened };
    if (takenOver) yield { type: 'warm-start', step: done, ...takenOver };
    if (resume?.progress?.best && progress.best === null) {
      const { step: at, score } = resume.progress.best;
      const message = `The best weights so far, of step ${at}, were found by another score (${score}); now a new best is sought.`;
      yield { type: 'warning', step: done, message };
    }
    while (done < steps || progress.pending) {
      if (!progress.pending) {
        const began = performance.now();
        const waited = data.waitedMillis;
        const { losses, gradients, weights } = await backward();
        const rate = rateAt(done);
        optimizer.apply(gradients, rate, done + 1);
        done++;
        average?.add(done);
        const total = Object.entries(losses).reduce((sum, [task, loss]) => sum + (loss || 0) * weights[task], 0);
        const stepMillis = performance.now() - began;
        const waitMillis = data.waitedMillis - waited;
        yield { type: 'step', step: done, losses, weights, total, rate, stepMillis, waitMillis };
        if (done - first === epoch)
          for (const { name } of network.tasks) {
            const message = `In a whole epoch no sample had a label of "${name}": it learns nothing.`;
            if (!taught.has(name)) yield { type: 'warning', step: done, message };
          }
      }
      if (progress.pending || due(settings.evaluateEvery)) {
        // Saved ahead: whatever happens while it is judged, no step is lost.
        if (!progress.pending) progress = { ...progress, pending: true };
        yield* save();
        yield* evaluation();
        yield* save();
      }
      const stop = stopping();
      if (stop || due(settings.checkpointEvery)) yield* save();
      if (stop) {
        yield { type: 'stopped', step: done };
        return;
      }
      if (settings.patience && !progress.pending && progress.since >= settings.patience && done < steps) {
        yield { type: 'done', step: done, early: true };
        return;
      }
    }
    if (settings.evaluateEvery === 0) await store.saveBest(judged());
    yield { type: 'done', step: done };
  } finally {
    await step.close();
  }
}

/** Where the search for the best weights stands; it begins anew where it went by another score. */
function progressOf({ settings, data, resume }: TrainingOptions): Progress {
  const by = judgedBy(settings, data.split);
  const fresh: Progress = { best: null, judgedBy: by, since: 0, pending: resume?.progress?.pending ?? false };
  return resume?.progress?.judgedBy === by ? resume.progress : fresh;
}

function assertFinite(values: Values, step: number): void {
  const path = firstNonFinite(values);
  if (path) throw new NotFiniteError(`Step ${step}: ${path} is not finite any more. ${ADVICE}`);
}
