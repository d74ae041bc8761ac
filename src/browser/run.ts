/** A run in a page: a training whose checkpoints and events the browser keeps. */
import type { Runtime } from '../engine/index.js';
import { NddrError } from '../errors.js';
import { augmentationNotes } from '../experiments/augmentation.js';
import { bestOf, checkpointOf, resumption } from '../experiments/checkpoints.js';
import { networkWith, requireCrop } from '../experiments/complete.js';
import { type Config, type ConfigInput, parseConfig } from '../experiments/config.js';
import { Splits } from '../experiments/split-choice.js';
import type { TrainingEvent } from '../train/events.js';
import type { Store } from '../train/options.js';
import { train } from '../train/trainer.js';
import { completeInPage, pageData, trainingData } from './data.js';
import type { PageFiles } from './files.js';
import { StoredRun } from './stored-run.js';

export interface PageRunOptions {
  /** Starts a new run with this configuration, the same as in Node; its name is that of the run. */
  readonly config?: ConfigInput;
  /** Resumes the run of this name from its last checkpoint. */
  readonly resume?: string;
  readonly runtime: Runtime;
  /** Files that the user gave, by their path below `data.root`. */
  readonly files?: PageFiles;
  /** Once aborted, the run saves after the current step and stops. */
  readonly signal?: AbortSignal;
}

export type PageEvent =
  | TrainingEvent
  | { readonly type: 'warning'; readonly step: number; readonly message: string }
  /** Information for the user, such as which images are held out. */
  | { readonly type: 'note'; readonly step: number; readonly message: string };

/**
 * Trains in the calling thread, which is occupied during each step: call it in a worker (`serveTraining`). Everything
 * that it opened is closed when the generator ends, throws, or is left early.
 * @throws NddrError for faults that a user can correct: settings, data, no room, numbers that are not finite, or a run
 *   that another page of the browser trains
 */
export async function* runInPage(options: PageRunOptions): AsyncGenerator<PageEvent> {
  const { config, resume } = options;
  if ((config === undefined) === (resume === undefined))
    throw new NddrError('Give either "config", to start a run, or "resume", the name of a run.');
  const given = config === undefined ? undefined : parseConfig(config);
  const name = given?.name ?? (resume as string);
  const release = await lock(name);
  try {
    const run = await StoredRun.open(name);
    try {
      yield* stored(run, trainRun(run, given, options));
    } finally {
      run.close();
    }
  } finally {
    release();
  }
}

async function* trainRun(
  run: StoredRun,
  given: Config | undefined,
  { runtime, files, signal }: PageRunOptions,
): AsyncGenerator<PageEvent> {
  const before = await run.config();
  if (given && before !== undefined)
    throw new NddrError(
      `This browser keeps a run "${run.name}" already. Resume it, remove it, or choose another name.`,
    );
  if (!given && before === undefined)
    throw new NddrError(`This browser keeps no run "${run.name}" for this site. Start it with its configuration.`);
  const notes: string[] = [];
  const splits = new Splits(pageData(files));
  const config = given
    ? await completeInPage(splits, given, (message) => notes.push(message))
    : parseConfig(before, run.name);
  const latest = given ? undefined : await run.latestCheckpoint();
  const resume = latest && resumption(latest.checkpoint);
  const step = resume?.step ?? 0;
  for (const message of latest?.warnings ?? []) yield { type: 'warning', step, message };
  if (step >= config.train.steps && !resume?.progress?.pending)
    throw new NddrError(`${run.name} has done all its ${step} steps. Start another run.`);
  const network = await networkWith(config, async (path) => {
    throw new NddrError(
      `network.backbone.path: the module ${path} cannot be imported in a page. Take another backbone.`,
    );
  });
  notes.push(...(await splits.notes(config)), ...augmentationNotes(config, network.tasks));
  requireCrop(network, config.train);
  const training = train({
    network,
    settings: { ...config.train, best: config.evaluate.best, single: config.evaluate.single },
    data: await trainingData(splits, config, step),
    runtime,
    store: storeOf(run, config),
    ...{ resume, signal },
  });
  for await (const event of training) {
    // Only now settings and data are known to fit: a mistake in them leaves no run.
    if (event.type === 'start') {
      if (given) await run.begin(config);
      else await run.rewindEvents(step, resume?.progress?.pending);
    }
    yield event;
    if (event.type === 'start') for (const message of notes) yield { type: 'note', step, message };
  }
}

const storeOf = (run: StoredRun, config: Config): Store => ({
  save: (snapshot) => run.saveCheckpoint(checkpointOf(snapshot, config)),
  saveBest: (snapshot) => run.saveBest(bestOf(snapshot, config)),
});

/** Yields events, and stores those that are not of a moment. */
async function* stored(run: StoredRun, events: AsyncIterable<PageEvent>): AsyncGenerator<PageEvent> {
  for await (const event of events) {
    if (event.type !== 'evaluating') await run.appendEvent({ ...event, time: new Date().toISOString() });
    yield event;
    // Steps follow each other without a pause: this is where messages of the page are handled.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Holds a run until the returned function is called, or the page ends. @throws NddrError when another page holds it */
async function lock(name: string): Promise<() => void> {
  if (!navigator.locks)
    throw new NddrError('This page may not lock its runs against each other. Serve it by https, or from localhost.');
  let release = () => {};
  const held = await new Promise<boolean>((resolve, reject) => {
    navigator.locks
      .request(`nddr run ${name}`, { ifAvailable: true }, async (found) => {
        resolve(found !== null);
        if (found) await new Promise<void>((free) => (release = free));
      })
      .catch(reject);
  });
  if (!held) throw new NddrError(`Another page of this browser trains "${name}". Close it, or wait until it is done.`);
  return () => release();
}
