/** A run: training with a folder, data from its configuration, and events that are kept. */
import { setImmediate } from 'node:timers/promises';
import { openEvaluation, openLoader } from '../data/loader.js';
import { nodeRuntime } from '../engine/runtime/node.js';
import { NddrError } from '../errors.js';
import type { Checkpoint } from '../train/checkpoint.js';
import { RunFolder } from '../train/node/run-folder.js';
import {
  type Progress,
  type Snapshot,
  type Store,
  type TrainingEvent,
  type TrainingOptions,
  train,
} from '../train/trainer.js';
import { augmentationNotes } from './augmentation.js';
import { type Config, type ConfigInput, parseConfig } from './config.js';
import { completeConfig, networkOf, reading } from './setup.js';
import { floats, fromTrunk, startingWeights } from './weights.js';

export interface RunOptions {
  /** Folder of the run, such as runs/demo. */
  readonly path: string;
  /** A new run, checked as `parseConfig` does; left out, the run in the folder is resumed from its last checkpoint. */
  readonly config?: ConfigInput;
  readonly signal?: AbortSignal;
}

export type RunEvent = TrainingEvent | { readonly type: 'warning'; readonly message: string };

/**
 * Trains in the calling thread, which stands still during each step.
 * @throws NddrError for what a user can mend: settings, data, a full disk, numbers that are not finite any more
 */
export async function* run({ path, config: given, signal }: RunOptions): AsyncGenerator<RunEvent> {
  const notes: string[] = [];
  const config = given
    ? await completeConfig(parseConfig(given), (message) => notes.push(message))
    : parseConfig(await RunFolder.open(path).readConfig(), path);
  const network = await networkOf(config);
  for (const message of [...notes, ...augmentationNotes(config, network.tasks)]) yield { type: 'warning', message };
  const folder = given ? RunFolder.vacant(path) : RunFolder.open(path);
  const latest = given ? undefined : await folder.latestCheckpoint();
  for (const message of latest?.warnings ?? []) yield { type: 'warning', message };
  const resume = latest && resumption(latest.checkpoint);
  const step = resume?.step ?? 0;
  if (step >= config.train.steps) {
    throw new NddrError(
      `${path} has done all its ${step} steps. Start a new run to train on, with train.start=${path}.`,
    );
  }
  // Also a run that was stopped before its first checkpoint: it begins anew, from the same weights.
  const towers = network.fusion.towers(Object.keys(config.tasks));
  const start =
    config.train.start && !resume ? fromTrunk(await startingWeights(config.train.start), towers) : undefined;

  const { batch, accumulate, height, width, augment, seed, split, workers, cacheMegabytes, threads } = config.train;
  const loader = await openLoader({
    ...reading(config, split),
    ...{ batch, height, width, seed, workers },
    augment: { ...augment, mean: config.network.mean },
    firstStep: step * accumulate,
    cacheBytes: cacheMegabytes * 2 ** 20,
    recycle: true,
  });
  const training = train({
    network,
    settings: { ...config.train, best: config.evaluate.best },
    data: {
      next: () => loader.next(),
      get waitedMillis() {
        return loader.waitedMillis;
      },
      evaluation: () => openEvaluation({ ...reading(config, config.evaluate.split), workers }),
    },
    runtime: nodeRuntime({ threads: threads ?? undefined }),
    store: folderStore(folder, config),
    ...{ start, resume, signal },
  });
  try {
    for await (const event of training) {
      // Only now is it sure that settings, data and weights fit, so a mistake leaves no folder and no gap behind.
      if (event.type === 'start') await (given ? folder.begin(config) : folder.rewindEvents(step));
      if (event.type !== 'evaluating') folder.appendEvent({ ...event, time: new Date().toISOString() });
      yield event;
      // A step leaves no gap in which messages of other threads would be heard.
      await setImmediate();
    }
  } finally {
    await loader.close();
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

function resumption({ state, weights, optimizer }: Checkpoint): TrainingOptions['resume'] {
  const { first = null, pending = false } = (state.more ?? {}) as Partial<Progress>;
  return {
    step: state.step,
    values: floats(weights),
    optimizer: floats(optimizer),
    progress: { best: state.best, first, pending },
  };
}
