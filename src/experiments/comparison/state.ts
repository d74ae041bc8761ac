/** How far a planned run is. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NddrError } from '../../errors.js';
import type { Config } from '../config.js';
import { openRun } from '../open-run.js';
import { changesOf } from '../run-config.js';
import type { PlannedRun } from './plan.js';

export type RunState =
  | { readonly kind: 'new' | 'begun' | 'done' /** Steps that need not be done again. */; readonly step: number }
  | { readonly kind: 'failed'; readonly step: number; readonly message: string };

/** Settings that change no number of a result, or no more than its rounding, as another device does. */
const IMMATERIAL = /^(name|train\.(workers|threads|device|cacheMegabytes|checkpointEvery))$/;
const SHOWN_DIFFERENCES = 4;

/** The type of the event that is stored where a run failed because numbers were not finite. */
export const FAILED = 'failed';

/**
 * The state of a run, from its folder.
 * @param way what the user can do where the folder holds a run with other settings
 * @throws NddrError where it does, naming the settings that differ
 */
export async function stateOf({ path, config }: Pick<PlannedRun, 'path' | 'config'>, way: string): Promise<RunState> {
  if (!existsSync(join(path, 'config.json'))) return { kind: 'new', step: 0 };
  const { folder, config: found } = await openRun(path);
  const differing = differences(found, config);
  if (differing.length > 0) {
    const more = differing.length - SHOWN_DIFFERENCES;
    const shown = differing.slice(0, SHOWN_DIFFERENCES).join('; ') + (more > 0 ? `; and ${more} more` : '');
    throw new NddrError(`${path} holds a run with other settings: ${shown}. ${way}`);
  }
  const last = (await folder.readEvents()).at(-1);
  const { steps } = config.train;
  if (last?.type === FAILED) return { kind: 'failed', step: steps, message: String(last.message) };
  if (last?.type === 'done') return { kind: 'done', step: steps };
  // A run at its last step without `done` has yet to judge what it reports.
  return { kind: 'begun', step: (await folder.latestCheckpoint())?.checkpoint.state.step ?? 0 };
}

/** Settings that differ and change a result, with both values. */
const differences = (found: Config, wanted: Config): string[] =>
  changesOf(found, wanted)
    .filter(({ path }) => !IMMATERIAL.test(path))
    .map(({ path, from, to }) => `${path} is ${from} there and ${to} now`);
