/** A training in progress: everything that its phases share, and how it is opened. */
import { initialValues, type Values } from '../nn/scope.js';
import { Random } from '../random.js';
import { WeightAverage } from './average.js';
import { DeviceUpdater, type DeviceUpdaterOptions } from './device/device-updater.js';
import { DropoutMasks } from './dropout.js';
import { openHostUpdater } from './host-updater.js';
import { judgeOf, scoreIdentity } from './judging.js';
import { createOptimizer, type Optimizer } from './optimizers/index.js';
import type { Progress, Snapshot, TrainingOptions } from './options.js';
import { scheduleOf } from './schedule.js';
import { restore, type WarmStart, warmStart } from './start.js';
import { buildStep } from './step-graph.js';
import type { Updater } from './updater.js';
import { Weigher } from './weigher.js';
import { createWeighting } from './weighting/index.js';

export interface Training {
  readonly options: TrainingOptions;
  readonly updater: Updater;
  /** The variables by path, as they were at the last `updater.fetch`. */
  readonly values: Values;
  /** The moving average of the variables, where the settings want one. */
  readonly average?: WeightAverage;
  readonly optimizer: Optimizer;
  readonly weigher: Weigher;
  /** State of optimizer, weighting and average, as checkpoints keep it. */
  readonly state: Values;
  /** The base learning rate of a step, counted from 0. */
  readonly rateAt: (step: number) => number;
  readonly masks: DropoutMasks;
  /** All randomness forks from here by name, so that steps do not depend on each other's draws. */
  readonly random: Random;
  /** Scores an evaluation. */
  readonly worthOf: ReturnType<typeof judgeOf>;
  /** What became of the starting weights, where there were some. */
  readonly warmStart?: WarmStart;
  /** Steps done when this call started. */
  readonly firstStep: number;
  /** Steps done. */
  done: number;
  progress: Progress;
  /** What was saved last: only a change of one of them is saved again. */
  saved: { readonly step: number; readonly progress: Progress };
  /** Tasks of which a label was seen since this call started. */
  readonly seenTasks: Set<string>;
  /** Tasks for which a warning about missing evaluation labels was given. */
  readonly warnedTasks: Set<string>;
}

/**
 * Builds the step and opens its session; close `training.updater` in the end.
 * @throws NddrError when settings are wrong, or starting weights or a checkpoint do not fit the network
 */
export async function openTraining(options: TrainingOptions): Promise<Training> {
  const { network, settings, runtime, resume, start } = options;
  const { lossWeights, average: decay = null } = settings;
  const worthOf = judgeOf(settings, network);
  const weighting = createWeighting(settings.weighting ?? { kind: 'fixed' }, network.tasks);
  const { batch, height, width, lossAt, accumulate } = settings;
  const target = await runtime.target?.();
  const graph = buildStep({
    ...{ network, batch, height, width, lossAt, lossWeights, weighting, accumulate, target },
    resident: runtime.memory !== undefined,
  });
  const random = new Random(settings.seed);
  const weigher = new Weigher(weighting, network.tasks, lossWeights, random.fork('weighting'));
  const values = initialValues(graph.variables.values(), random.fork('weights'));
  const started = start && warmStart(values, graph.variables, start);
  const optimizer = createOptimizer(settings.optimizer, graph.variables.values(), values, settings);
  const average = decay === null ? undefined : new WeightAverage(values, decay);
  const state: Values = new Map([
    ...optimizer.state,
    ...prefixed('weighting.', weigher.state),
    ...prefixed(AVERAGE, average?.values ?? new Map()),
  ]);
  if (resume) {
    restore(values, resume.values, 'the checkpoint');
    restore(state, resume.optimizer, "the checkpoint's optimizer");
  }
  const firstStep = resume?.step ?? 0;
  const progress = firstProgress(options);
  return {
    ...{ options, values, average, optimizer, weigher, state, random, worthOf, warmStart: started },
    rateAt: scheduleOf(settings.schedule, settings.rate, settings.steps),
    masks: new DropoutMasks(graph.masks),
    ...{ firstStep, done: firstStep, progress, saved: { step: firstStep, progress } },
    ...{ seenTasks: new Set(), warnedTasks: new Set() },
    // Opened last: nothing after it can fail and leave the session open.
    updater: await openUpdater({ ...settings, graph, runtime, target, values, optimizer, weigher, average }),
  };
}

function openUpdater(options: Omit<DeviceUpdaterOptions, 'memory'>): Promise<Updater> {
  const { memory } = options.runtime;
  return memory ? DeviceUpdater.open({ ...options, memory }) : openHostUpdater(options);
}

/** Names in a checkpoint's state that begin with this are the moving average of the weights, by path. */
export const AVERAGE = 'average.';

const prefixed = (prefix: string, arrays: Values): Values =>
  new Map([...arrays].map(([name, array]) => [prefix + name, array]));

/** The progress of the checkpoint. If its scores were computed otherwise, the search for the best starts anew. */
function firstProgress({ settings, data, resume }: TrainingOptions): Progress {
  const judgedBy = scoreIdentity(settings, data.split);
  if (resume?.progress?.judgedBy === judgedBy) return resume.progress;
  return { best: null, judgedBy, since: 0, pending: resume?.progress?.pending ?? false };
}

/** The training as it is saved. */
export async function snapshotOf({ done, values, state, updater, progress }: Training): Promise<Snapshot> {
  await updater.fetch();
  return { step: done, values, optimizer: state, progress, variables: updater.graph.variables };
}

/** The weights that are evaluated and kept as the best: the moving average where there is one. */
export async function evaluatedSnapshot(training: Training): Promise<Snapshot> {
  const snapshot = await snapshotOf(training);
  return { ...snapshot, values: training.average?.values ?? snapshot.values };
}
