/** A run: training with a folder, data from its configuration, and events that are kept. */
import { setImmediate } from 'node:timers/promises';
import { openEvaluation, openLoader } from '../data/loader.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { NddrError } from '../errors.js';
import { type NetworkOptions, requireSize } from '../network.js';
import type { Checkpoint } from '../train/checkpoint.js';
import type { TrainingEvent } from '../train/events.js';
import { type Lock, lockRun } from '../train/node/lock.js';
import { RunFolder } from '../train/node/run-folder.js';
import type { Progress, Resumption, Snapshot, Store } from '../train/options.js';
import { train } from '../train/trainer.js';
import { augmentationNotes } from './augmentation.js';
import { type Config, type ConfigInput, parseConfig } from './config.js';
import { type FinalEvent, finalReport } from './final-report.js';
import { further, requireUnfinished } from './further.js';
import { type ModuleAccess, rememberModule } from './module-access.js';
import { type Change, readRunConfig } from './run-config.js';
import { completeConfig, networkOf } from './setup.js';
import { openSplit, reading, splitNotes } from './splits.js';
import { floats, fromTrunk, startingWeights } from './weights.js';

export interface RunOptions extends ModuleAccess {
  /** Folder of the run, such as runs/demo. */
  readonly path: string;
  /** A new run, checked as `parseConfig` does; left out, the run in the folder goes on from its last checkpoint. */
  readonly config?: ConfigInput;
  /** Settings of a run that goes on, `path.to.key=value`, which hold from now on: more `train.steps`, say. */
  readonly set?: readonly string[];
  readonly signal?: AbortSignal;
}

export type RunEvent =
  | TrainingEvent
  | FinalEvent
  | { readonly type: 'warning'; readonly message: string }
  /** What is to be known, such as which images are held out. */
  | { readonly type: 'note'; readonly step: number; readonly message: string }
  /** The run goes on with other settings. */
  | { readonly type: 'settings'; readonly step: number; readonly changes: readonly Change[] };

/**
 * Trains in the calling thread, which stands still during each step; then judges the split that is reported.
 * @throws NddrError for what a user can mend: settings, data, a full disk, numbers that are not finite any more; and
 * when another process works in the folder
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
 * Locks the folder of a run that is to begin or go on.
 * @throws NddrError when there is no run to go on with, or another process works in its folder
 */
export async function holdRun({ path, config }: RunOptions): Promise<Lock> {
  if (!config) RunFolder.open(path);
  return lockRun(path);
}

/** The run itself, in a folder that the caller has locked. */
export async function* runLocked(options: RunOptions): AsyncGenerator<RunEvent> {
  const { path, config: given, set = [], signal } = options;
  const told: string[] = [];
  const before = given ? undefined : await readRunConfig(RunFolder.open(path));
  const folder = given ? RunFolder.vacant(path) : RunFolder.open(path);
  const latest = given ? undefined : await folder.latestCheckpoint();
  for (const message of latest?.warnings ?? []) yield { type: 'warning', message };
  const resume = latest && resumption(latest.checkpoint);
  const step = resume?.step ?? 0;
  const { config, changes } = before
    ? await further(folder, before, set, step)
    : { config: await completeConfig(parseConfig(given), (message) => told.push(message)), changes: [] };
  if (resume && (await requireUnfinished(folder, config, resume)) === 'reported last') {
    yield* kept(folder, finalReport(folder, config, options));
    return;
  }
  // A configuration that is handed in is the caller's own word; one that lies in a folder may be anybody's.
  const access: ModuleAccess = { allowModule: given !== undefined || options.allowModule };
  const network = await networkOf(config, access);
  const notes = [...told, ...(await splitNotes(config)), ...augmentationNotes(config, network.tasks)];
  // Also a run that was stopped before its first checkpoint: it begins anew, from the same weights.
  const towers = network.fusion.towers(Object.keys(config.tasks));
  const start =
    config.train.start && !resume ? fromTrunk(await startingWeights(config.train.start), towers) : undefined;

  const { batch, accumulate, height, width, augment, seed, split, workers, cacheMegabytes, threads } = config.train;
  const { length: samples } = await openSplit(config, split);
  requireCrop(network, config.train);
  const runtime = nodeRuntime({ threads: threads ?? undefined });
  const loader = await openLoader({
    ...reading(config, split),
    ...{ batch, height, width, seed, workers },
    augment: { ...augment, mean: config.network.mean },
    firstStep: step * accumulate,
    cacheBytes: cacheMegabytes * 2 ** 20,
    // The batches of an update are wanted all at once.
    recycle: accumulate === 1,
  });
  const training = train({
    network,
    settings: { ...config.train, best: config.evaluate.best, single: config.evaluate.single },
    data: {
      ...{ samples, split: config.evaluate.split },
      next: () => loader.next(),
      get waitedMillis() {
        return loader.waitedMillis;
      },
      evaluation: () => openEvaluation({ ...reading(config, config.evaluate.split), workers }),
    },
    runtime,
    store: folderStore(folder, config),
    ...{ start, resume, signal },
  });
  async function* whole(): AsyncGenerator<RunEvent> {
    let done: Extract<TrainingEvent, { type: 'done' }> | undefined;
    for await (const event of training) {
      if (event.type === 'done') {
        done = event; // comes last, and is told once the report is there
        continue;
      }
      // Only now is it sure that settings, data and weights fit, so a mistake leaves no folder and no gap behind.
      if (event.type === 'start') {
        if (given || changes.length > 0) await folder.begin(config);
        if (!given) await folder.rewindEvents(step, resume?.progress?.pending);
      }
      yield event;
      if (event.type !== 'start') continue;
      if (config.network.backbone.kind === 'module') yield* remember(config.network.backbone.path);
      if (changes.length > 0) yield { type: 'settings', step, changes };
      for (const message of notes) yield { type: 'note', step, message };
    }
    // Memory and threads are for the evaluation now.
    await loader.close();
    if (done) yield* finalReport(folder, config, { signal, ...access }, done);
  }
  try {
    yield* kept(folder, whole());
  } finally {
    await loader.close();
  }
}

/** @throws NddrError naming the settings when crops are smaller than the network takes */
function requireCrop(network: NetworkOptions, { height, width }: Config['train']): void {
  try {
    requireSize(network, height, width);
  } catch (error) {
    if (!(error instanceof NddrError)) throw error;
    throw new NddrError(`train.height ${height}, train.width ${width}: ${error.message}`, { cause: error });
  }
}

/** From now on this user may use the run without being asked. */
async function* remember(module: string): AsyncGenerator<RunEvent> {
  try {
    await rememberModule(module);
  } catch (error) {
    if (!(error instanceof NddrError)) throw error;
    yield { type: 'warning', message: `${error.message} Other commands on this run will ask for --allow-module.` };
  }
}

/** Tells events of a moment only to the caller. */
const PASSING: ReadonlySet<string> = new Set(['evaluating', 'reporting']);

/** Keeps the events in the folder. */
async function* kept(folder: RunFolder, events: AsyncIterable<RunEvent>): AsyncGenerator<RunEvent> {
  for await (const event of events) {
    if (!PASSING.has(event.type)) folder.appendEvent({ ...event, time: new Date().toISOString() });
    yield event;
    // A step leaves no gap in which messages of other threads would be heard.
    await setImmediate();
  }
}

/** Keeps checkpoints in the folder of a run. */
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

function resumption({ state, weights, optimizer }: Checkpoint): Resumption {
  const { judgedBy = '', since = 0, pending = false } = (state.more ?? {}) as Partial<Progress>;
  return {
    step: state.step,
    values: floats(weights),
    optimizer: floats(optimizer),
    progress: { best: state.best, judgedBy, since, pending },
  };
}
