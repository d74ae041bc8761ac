/** A run: a training whose data, checkpoints and events are files. */

import { setImmediate } from 'node:timers/promises';
import type { BatchSource } from '../data/batch.js';
import { openEvaluation, openLoader } from '../data/loader.js';
import type { DeviceName } from '../engine/runtime/devices.js';
import { nodeRuntime, requireDevice } from '../engine/runtime/node.js';
import { NddrError } from '../errors.js';
import { type Lock, lockFolder } from '../lock.js';
import { type NetworkOptions, requireSize } from '../network.js';
import type { SourceReport } from '../pretrained/index.js';
import type { Checkpoint } from '../train/checkpoint.js';
import type { TrainingEvent } from '../train/events.js';
import { RunFolder } from '../train/node/run-folder.js';
import type { Progress, Resumption, Snapshot, Store, TrainingData } from '../train/options.js';
import { train } from '../train/trainer.js';
import { augmentationNotes } from './augmentation.js';
import { type Config, type ConfigInput, parseConfig } from './config.js';
import { type FinalEvent, finalReport } from './final-report.js';
import { type ModuleAccess, rememberModule } from './module-access.js';
import { resumedConfig, workLeft } from './resume.js';
import { type Change, readRunConfig } from './run-config.js';
import { completeConfig, networkOf } from './setup.js';
import { openSplit, reading, splitNotes } from './splits.js';
import { normalisationOf, planStart, readStart } from './start.js';
import { floats } from './weights.js';

export interface RunOptions extends ModuleAccess {
  /** Folder of the run, such as runs/demo. */
  readonly path: string;
  /** Starts a new run with this configuration. Without it the run in the folder is resumed from its last checkpoint. */
  readonly config?: ConfigInput;
  /** Settings that change in a resumed run, `path.to.key=value`, such as a larger `train.steps`. */
  readonly set?: readonly string[];
  /** Once aborted, the run saves after the current step and stops. */
  readonly signal?: AbortSignal;
}

export type RunEvent =
  | Exclude<TrainingEvent, { type: 'start' | 'warm-start' }>
  | (Extract<TrainingEvent, { type: 'start' }> & { readonly device: DeviceName })
  | StartEvent
  | FinalEvent
  | { readonly type: 'warning'; readonly message: string }
  /** Information for the user, such as which images are held out. */
  | { readonly type: 'note'; readonly step: number; readonly message: string }
  /** Settings of a resumed run have changed. */
  | { readonly type: 'settings'; readonly step: number; readonly changes: readonly Change[] };

/** What became of the files that the training starts from. */
export type StartEvent = Extract<TrainingEvent, { type: 'warm-start' }> & { readonly sources: readonly SourceReport[] };

/**
 * Trains in the calling thread, which is blocked during each step; then evaluates the split that is reported.
 * Everything that it opened is closed when the generator ends, throws, or is left early.
 * @throws NddrError for faults that a user can correct: settings, data, a full disk, numbers that are not finite, or a
 *   folder that another process works in
 */
export async function* run(options: RunOptions): AsyncGenerator<RunEvent> {
  const lock = await holdRun(options);
  try {
    if (lock.note) yield { type: 'warning', message: lock.note };
    yield* runLocked(options);
  } finally {
    await lock.release();
  }
}

/**
 * Locks the folder of a run that starts or is resumed.
 * @throws NddrError when there is no run to resume, or another process works in its folder
 */
export async function holdRun({ path, config }: RunOptions): Promise<Lock> {
  if (!config) RunFolder.open(path);
  return lockFolder(path, 'run');
}

/** As `run`, in a folder that the caller has locked. */
export async function* runLocked(options: RunOptions): AsyncGenerator<RunEvent> {
  const { path, config: given, set = [] } = options;
  const before = given ? undefined : await readRunConfig(RunFolder.open(path));
  const folder = given ? RunFolder.vacant(path) : RunFolder.open(path);
  const latest = given ? undefined : await folder.latestCheckpoint();
  for (const message of latest?.warnings ?? []) yield { type: 'warning', message };
  const resume = latest && resumption(latest.checkpoint);
  const notes: string[] = [];
  const { config, changes } = before
    ? await resumedConfig(folder, before, set, resume?.step ?? 0)
    : { config: await completeConfig(parseConfig(given), (message) => notes.push(message)), changes: [] };
  await requireDevice(config.train.device);
  const events =
    resume && (await workLeft(folder, config, resume)) === 'report'
      ? finalReport(folder, config, options)
      : trainAndReport({ folder, config, changes, notes, resume }, options);
  yield* stored(folder, events);
}

/** A run that is about to train. */
interface Prepared {
  readonly folder: RunFolder;
  /** The complete configuration. */
  readonly config: Config;
  /** Settings of a resumed run that have changed. */
  readonly changes: readonly Change[];
  /** Sentences for the user on how the configuration was completed. */
  readonly notes: readonly string[];
  /** Left out where training starts with the first step. */
  readonly resume?: Resumption;
}

/** Trains, and then evaluates the split that is reported. */
async function* trainAndReport(run: Prepared, options: RunOptions): AsyncGenerator<RunEvent> {
  const { folder, config, changes, resume } = run;
  const { config: given, signal } = options;
  const step = resume?.step ?? 0;
  // The caller vouches for a configuration that it passes; one that lies in a folder may come from anybody.
  const access: ModuleAccess = { allowModule: given !== undefined || options.allowModule };
  const network = await networkOf(config, access);
  const notes = [...run.notes, ...(await splitNotes(config)), ...augmentationNotes(config, network.tasks)];
  // A run that was stopped before its first checkpoint has nothing to resume from: it starts from these weights again.
  const plan = resume ? undefined : await planStart(config, network);
  const start = plan && (await readStart(plan));
  const { length: samples } = await openSplit(config, config.train.split);
  requireCrop(network, config.train);
  const runtime = nodeRuntime({ device: config.train.device, threads: config.train.threads ?? undefined });
  const loader = await openBatches(config, step);
  const training = train({
    network,
    settings: { ...config.train, best: config.evaluate.best, single: config.evaluate.single },
    data: trainingData(loader, config, samples),
    runtime,
    store: folderStore(folder, config),
    ...{ start, resume, signal },
  });
  let done: Extract<TrainingEvent, { type: 'done' }> | undefined;
  try {
    for await (const event of training) {
      if (event.type === 'done') {
        done = event; // yielded after the final report
        continue;
      }
      // Only now settings, data and weights are known to fit: a mistake in them leaves no folder and no lost events.
      if (event.type === 'start') {
        if (given || changes.length > 0) await folder.begin(config);
        if (!given) await folder.rewindEvents(step, resume?.progress?.pending);
      }
      if (event.type === 'warm-start') {
        const sources = plan?.reports ?? [];
        yield { ...event, unused: sources.flatMap(({ unused }) => unused), sources };
        continue;
      }
      if (event.type !== 'start') {
        yield event;
        continue;
      }
      yield { ...event, device: config.train.device };
      if (config.network.backbone.kind === 'module') yield* recordModule(config.network.backbone.path);
      if (changes.length > 0) yield { type: 'settings', step, changes };
      for (const message of notes) yield { type: 'note', step, message };
    }
    // Frees memory and threads for the evaluation.
    await loader.close();
    if (done) yield* finalReport(folder, config, { signal, ...access }, done);
  } finally {
    await loader.close();
  }
}

/** Opens the threads that read and augment batches, the first one that of the given step. */
function openBatches(config: Config, step: number): Promise<BatchSource> {
  const { batch, accumulate, height, width, augment, seed, split, workers, cacheMegabytes } = config.train;
  return openLoader({
    ...reading(config, split),
    ...{ batch, height, width, seed, workers },
    augment: { ...augment, mean: normalisationOf(config.network).mean },
    firstStep: step * accumulate,
    cacheBytes: cacheMegabytes * 2 ** 20,
    // All batches of an update are in use at once, so their arrays cannot be reused.
    recycle: accumulate === 1,
  });
}

/** What a training reads: the batches of the loader, and the images of its evaluations. */
const trainingData = (loader: BatchSource, config: Config, samples: number): TrainingData => ({
  ...{ samples, split: config.evaluate.split },
  next: () => loader.next(),
  get waitedMillis() {
    return loader.waitedMillis;
  },
  evaluation: () => openEvaluation({ ...reading(config, config.evaluate.split), workers: config.train.workers }),
});

/** @throws NddrError naming the settings when crops are smaller than the network takes */
function requireCrop(network: NetworkOptions, { height, width }: Config['train']): void {
  try {
    requireSize(network, height, width);
  } catch (error) {
    if (!(error instanceof NddrError)) throw error;
    throw new NddrError(`train.height ${height}, train.width ${width}: ${error.message}`, { cause: error });
  }
}

/** Records that this user trains with the module, so that other commands on the run may import it. */
async function* recordModule(module: string): AsyncGenerator<RunEvent> {
  try {
    await rememberModule(module);
  } catch (error) {
    if (!(error instanceof NddrError)) throw error;
    yield { type: 'warning', message: `${error.message} Other commands on this run will ask for --allow-module.` };
  }
}

/** Events of a moment, which are not stored. */
const TRANSIENT: ReadonlySet<string> = new Set(['evaluating', 'reporting']);

/** Yields events, and stores them in the folder. */
async function* stored(folder: RunFolder, events: AsyncIterable<RunEvent>): AsyncGenerator<RunEvent> {
  for await (const event of events) {
    if (!TRANSIENT.has(event.type)) folder.appendEvent({ ...event, time: new Date().toISOString() });
    yield event;
    // Steps follow each other without a pause: this is where messages of other threads are handled.
    await setImmediate();
  }
}

/** A store that saves checkpoints in the folder of a run. */
export function folderStore(folder: RunFolder, config: Config): Store {
  const checkpoint = ({ step, values, optimizer, variables, progress }: Snapshot): Checkpoint => {
    const stored = (path: string, data: Float32Array) => ({
      dtype: 'F32' as const,
      shape: variables.get(path)?.shape ?? [data.length],
      data,
    });
    const { best, ...more } = progress;
    return {
      state: { step, seed: config.train.seed, config, best, more },
      weights: new Map([...values].map(([path, data]) => [path, stored(path, data)])),
      optimizer: new Map([...optimizer].map(([slot, data]) => [slot, stored(slot.slice(slot.indexOf('.') + 1), data)])),
    };
  };
  return {
    async save(snapshot) {
      await folder.saveCheckpoint(checkpoint(snapshot));
    },
    async saveBest(snapshot) {
      await folder.saveBest({ ...checkpoint(snapshot), optimizer: new Map() });
    },
  };
}

/** The state to resume from, as a checkpoint holds it. */
function resumption({ state, weights, optimizer }: Checkpoint): Resumption {
  const { judgedBy = '', since = 0, pending = false } = (state.more ?? {}) as Partial<Progress>;
  return {
    step: state.step,
    values: floats(weights),
    optimizer: floats(optimizer),
    progress: { best: state.best, judgedBy, since, pending },
  };
}
