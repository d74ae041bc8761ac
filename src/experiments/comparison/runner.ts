/** Trains the runs of a plan that are not done, one after the other. */
import { NotFiniteError } from '../../errors.js';
import { RunFolder } from '../../train/node/run-folder.js';
import type { RunEvent, RunOptions } from '../run.js';
import { runInThread } from '../run-in-thread.js';
import type { Plan, PlannedRun } from './plan.js';
import { FAILED, type RunState, stateOf } from './state.js';

export type ExperimentEvent =
  /** The next run: it will be trained or resumed, or was done before. */
  | { readonly type: 'run'; readonly run: PlannedRun; readonly index: number; readonly state: RunState }
  | { readonly type: 'training'; readonly run: PlannedRun; readonly event: RunEvent }
  /** A run whose numbers were not finite; the others continue. */
  | { readonly type: 'failed'; readonly run: PlannedRun; readonly message: string }
  /** All rows of a seed are done. */
  | { readonly type: 'seed'; readonly seed: number };

export interface RunnerOptions {
  /** Once aborted, the run under way saves after its step and the experiment ends. */
  readonly signal?: AbortSignal;
  /** How a run is trained; in a thread of its own by default. */
  readonly train?: (options: RunOptions) => AsyncIterable<RunEvent>;
}

/** The state of each run of a plan. @throws NddrError when a folder holds a run with other settings */
export async function statesOf({ runs, out }: Plan): Promise<Map<PlannedRun, RunState>> {
  const way = `Name another folder (--out), restore the settings, or delete ${out} to begin anew.`;
  const states = new Map<PlannedRun, RunState>();
  for (const run of runs) states.set(run, await stateOf(run, way));
  return states;
}

/**
 * Trains every run of the plan that is not done, in order. Called again after an interruption, it continues.
 * @param states from `statesOf`
 * @throws NddrError for faults that a user can correct; numbers that are not finite end only their own run
 */
export async function* runExperiment(
  { runs }: Plan,
  states: ReadonlyMap<PlannedRun, RunState>,
  { signal, train = runInThread }: RunnerOptions = {},
): AsyncGenerator<ExperimentEvent> {
  const failed = new Set<PlannedRun>();
  for (const [index, run] of runs.entries()) {
    const state = states.get(run) ?? { kind: 'new', step: 0 };
    yield { type: 'run', run, index, state };
    if (run.start && failed.has(run.start)) {
      failed.add(run);
      yield { type: 'failed', run, message: `"${run.start.row.name}", which it starts from, has failed.` };
    } else if (state.kind === 'failed') {
      failed.add(run);
      yield { type: 'failed', run, message: state.message };
    } else if (state.kind !== 'done') {
      const { path, config } = run;
      try {
        // A run goes on where it is wanted now, also where it was begun on another device.
        const how = state.kind === 'new' ? { config } : { set: [`train.device=${config.train.device}`] };
        for await (const event of train({ path, ...how, signal })) {
          yield { type: 'training', run, event };
          if (event.type === 'stopped') return;
        }
      } catch (error) {
        if (!(error instanceof NotFiniteError)) throw error;
        RunFolder.open(path).appendEvent({ type: FAILED, message: error.message });
        failed.add(run);
        yield { type: 'failed', run, message: error.message };
      }
      if (signal?.aborted) return;
    }
    if (runs[index + 1]?.seed !== run.seed) yield { type: 'seed', seed: run.seed };
  }
}
