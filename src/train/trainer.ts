/** The training loop: a generator of events that reads from top to bottom. */
import type { Runtime } from '../engine/index.js';
import { NddrError, NotFiniteError } from '../errors.js';
import type { NetworkOptions } from '../network.js';
import { initialValues, parameterCount, type Values, type Variable } from '../nn/scope.js';
import { Random } from '../random.js';
import { suggest } from '../schema.js';
import { deltaM, type TaskValues } from '../tasks/score.js';
import { BatchMean } from './accumulate.js';
import { WeightAverage } from './average.js';
import { calibrateFusion } from './calibrate.js';
import { ADVICE, diagnose, failureOf, firstNonFinite } from './diagnose.js';
import { DropoutMasks } from './dropout.js';
import { type EvaluationImage, evaluate } from './evaluate.js';
import { createOptimizer, type OptimizerConfig, type UpdateOptions } from './optimizers/index.js';
import { Predictor } from './predictor.js';
import { type ScheduleConfig, scheduleOf } from './schedule.js';
import { buildStep, CompiledStep, type LossAt } from './step.js';
import { type ByTask, type Weighed, Weigher } from './weigher.js';
import { createWeighting, type WeightingConfig } from './weighting/index.js';

export interface TrainingSettings extends UpdateOptions {
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
  readonly evaluateEvery: number;
  readonly checkpointEvery: number;
  /** `score` or TASK.METRIC. */
  readonly best: string;
  /** Let the fusion layers' batch norms start as the identity on the first batch. */
  readonly calibrate?: boolean;
}

/** One step's images and labels, as `Step.run` takes them. */
export interface TrainingBatch {
  readonly images: Float32Array;
  readonly labels: Readonly<Record<string, Float32Array>>;
}

export interface TrainingData {
  next(): Promise<TrainingBatch>;
  /** Milliseconds that `next` has kept training waiting so far. */
  readonly waitedMillis: number;
  evaluation(): AsyncIterable<EvaluationImage>;
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
  /** Values of the first evaluation with a score: what later ones are relative to. */
  readonly first: TaskValues | null;
  readonly best: { readonly step: number; readonly score: number } | null;
  /** Whether the evaluation of this step is still to come: the run was stopped before its end. */
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
      readonly losses: ByTask;
      /** What each loss counted, its fixed factor included. */
      readonly weights: ByTask;
      /** Sum of the losses, each times its weight. */
      readonly total: number;
      readonly rate: number;
      readonly stepMillis: number;
      readonly waitMillis: number;
    }
  | { readonly type: 'evaluating'; readonly step: number; readonly done: number }
  | {
      readonly type: 'evaluation';
      readonly step: number;
      readonly values: TaskValues;
      readonly score: number;
      readonly best: boolean;
      readonly evaluationMillis: number;
    }
  | { readonly type: 'checkpoint'; readonly step: number }
  | { readonly type: 'stopped'; readonly step: number }
  | { readonly type: 'done'; readonly step: number };

export interface TrainingOptions {
  readonly network: NetworkOptions;
  readonly settings: TrainingSettings;
  readonly data: TrainingData;
  readonly runtime: Runtime;
  readonly store: Store;
  /** Weights to begin with, by path; what is missing is initialised. */
  readonly start?: ReadonlyMap<string, Float32Array>;
  /** Where to go on; `data` must begin with its step's first batch. */
  readonly resume?: {
    readonly step: number;
    readonly values: Values;
    readonly optimizer: Values;
    readonly progress: Progress;
  };
  /** Once aborted, the run saves after the step at hand and stops. */
  readonly signal?: AbortSignal;
}

/** Slots of a checkpoint's optimizer that begin so hold the moving average of the weights, by path. */
export const AVERAGE = 'average.';

/**
 * Trains a network.
 * @throws NotFiniteError when a loss or gradient is not finite any more, naming step, task and layer; what was saved stays
 */
export async function* train(options: TrainingOptions): AsyncGenerator<TrainingEvent> {
  const { network, settings, data, runtime, store, resume, signal } = options;
  const { steps, batch, height, width, lossWeights, accumulate = 1, average: keep = null } = settings;
  const opened = performance.now();
  const score = scorer(settings.best, network);
  const weighting = createWeighting(settings.weighting ?? { kind: 'fixed' }, network.tasks);
  const block = await runtime.convolutionBlock?.();
  const graph = buildStep({ network, batch, height, width, lossAt: settings.lossAt, lossWeights, weighting, block });
  const { variables } = graph;
  const random = new Random(settings.seed);
  const weigher = new Weigher(weighting, network.tasks, lossWeights, random.fork('weighting'));
  const values = initialValues(variables.values(), random.fork('weights'));
  takeOver(values, options.start ?? new Map(), 'the starting weights');
  const optimizer = createOptimizer(settings.optimizer, variables.values(), values, settings);
  const average = keep === null ? undefined : new WeightAverage(values, keep);
  const state: Values = new Map([
    ...optimizer.state,
    ...[...weigher.state].map(([slot, array]): [string, Float32Array] => [`weighting.${slot}`, array]),
    ...[...(average?.values ?? [])].map(([path, array]): [string, Float32Array] => [AVERAGE + path, array]),
  ]);
  if (resume) {
    takeOver(values, resume.values, 'the checkpoint', true);
    takeOver(state, resume.optimizer, "the checkpoint's optimizer", true);
  }
  const rateAt = scheduleOf(settings.schedule, settings.rate, steps);
  const step = await CompiledStep.open(graph, runtime, values);
  const masks = new DropoutMasks(graph.masks);
  const maskRandom = random.fork('dropout');
  let progress: Progress = resume?.progress ?? { first: null, best: null, pending: false };
  let done = resume?.step ?? 0;
  const snapshot = (): Snapshot => ({ step: done, values, optimizer: state, variables, progress });
  const parameters = parameterCount(variables.values());
  yield { type: 'start', step: done, steps, parameters, openMillis: performance.now() - opened };

  /** Forward and backward through the batches of one update. */
  const backward = async (): Promise<Weighed & { readonly losses: ByTask }> => {
    const chosen = weigher.choose(done);
    const mean = new BatchMean();
    for (let i = done * accumulate; i < (done + 1) * accumulate; i++) {
      const { images, labels } = await data.next();
      if (settings.calibrate && i === 0)
        await calibrateFusion(network, values, images, [batch, height, width], runtime);
      const feeds = { image: images, labels, masks: masks.fill(maskRandom.fork(i)), weights: chosen };
      const result = await step.run(feeds);
      const failure = failureOf(result, variables);
      if (failure) throw new NotFiniteError(await diagnose({ step: done + 1, failure, values, options, feeds }));
      mean.add(result);
    }
    const result = mean.take();
    return { losses: result.losses, ...weigher.settle(done, result, chosen, values) };
  };
  const due = (every: number) => done % every === 0 || done === steps;
  const stopping = () => signal?.aborted === true && done < steps;
  try {
    while (done < steps) {
      if (!progress.pending) {
        const began = performance.now();
        const waited = data.waitedMillis;
        const { losses, gradients, weights } = await backward();
        const rate = rateAt(done);
        optimizer.apply(gradients, rate, done + 1);
        done++;
        average?.add(done);
        const total = Object.entries(losses).reduce((sum, [task, loss]) => sum + loss * weights[task], 0);
        const stepMillis = performance.now() - began;
        const waitMillis = data.waitedMillis - waited;
        yield { type: 'step', step: done, losses, weights, total, rate, stepMillis, waitMillis };
      }
      if (progress.pending || due(settings.evaluateEvery)) {
        assertFinite(values, done);
        const judged = { ...snapshot(), values: average?.values ?? values };
        progress = yield* judge(options, score, { ...judged, progress: { ...progress, pending: true } }, stopping);
      }
      const stop = stopping();
      if (stop || due(settings.checkpointEvery)) {
        assertFinite(values, done);
        await store.save(snapshot());
        yield { type: 'checkpoint', step: done };
      }
      if (stop) {
        yield { type: 'stopped', step: done };
        return;
      }
    }
    yield { type: 'done', step: done };
  } finally {
    await step.close();
  }
}

/** Evaluates the snapshot's values and keeps them when they are the best so far; once `stopping`, leaves the evaluation pending. */
async function* judge(
  options: TrainingOptions,
  scoreOf: Score,
  snapshot: Snapshot,
  stopping: () => boolean,
): AsyncGenerator<TrainingEvent, Progress> {
  const { network, data, runtime, store } = options;
  const { step, progress: before } = snapshot;
  if (stopping()) return before;
  const began = performance.now();
  const predictor = await Predictor.open(network, snapshot.values, runtime);
  const judging = evaluate(predictor, network.tasks, data.evaluation());
  let values: TaskValues;
  try {
    let next = await judging.next();
    for (let done = 1; !next.done; done++) {
      yield { type: 'evaluating', step, done };
      if (stopping()) return before;
      next = await judging.next();
    }
    values = next.value;
  } finally {
    await judging.return({});
    await predictor.close();
  }
  // Nothing is relative to a metric of 0 or to one without labels.
  const first = before.first ?? (Number.isFinite(deltaM(network.tasks, values, values)) ? values : null);
  const score = scoreOf(values, first);
  const better = before.best === null || score > before.best.score;
  const best = better && Number.isFinite(score) ? { step, score } : before.best;
  const progress: Progress = { first, best, pending: false };
  if (better) await store.saveBest({ ...snapshot, progress });
  yield { type: 'evaluation', step, values, score, best: better, evaluationMillis: performance.now() - began };
  return progress;
}

/** Higher is better, whatever the metric; NaN where nothing can be said. */
type Score = (values: TaskValues, first: TaskValues | null) => number;

function scorer(best: string, { tasks }: NetworkOptions): Score {
  if (best === 'score') return (values, first) => (first ? deltaM(tasks, values, first) : Number.NaN);
  const known = tasks.flatMap(({ name, metrics }) => metrics.map((metric) => ({ task: name, metric })));
  const pathOf = ({ task, metric }: (typeof known)[number]) => `${task}.${metric.name}`;
  const found = known.find((one) => pathOf(one) === best);
  if (!found)
    throw new NddrError(`evaluate.best: unknown "${best}"; ${suggest(best, ['score', ...known.map(pathOf)])}`);
  const { task, metric } = found;
  return (values) => (metric.better === 'higher' ? 1 : -1) * values[task][metric.name];
}

/** Copies values of the same paths. @param all whether every path must be given */
function takeOver(values: Values, given: ReadonlyMap<string, Float32Array>, from: string, all = false): void {
  for (const [path, own] of values) {
    const array = given.get(path);
    if (!array) {
      if (all) throw new NddrError(`${from} lacks ${path}: it belongs to another network. Restore the run's settings.`);
      continue;
    }
    if (own.length !== array.length)
      throw new NddrError(
        `${path} has ${array.length} values in ${from}, the network wants ${own.length}: use a network of the same width and tasks.`,
      );
    own.set(array);
  }
}

function assertFinite(values: Values, step: number): void {
  const path = firstNonFinite(values);
  if (path) throw new NotFiniteError(`Step ${step}: ${path} is not finite any more. ${ADVICE}`);
}
