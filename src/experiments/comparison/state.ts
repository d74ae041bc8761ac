/** What was done of a planned run before. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NddrError } from '../../errors.js';
import type { Config } from '../config.js';
import { openRun } from '../judge.js';
import { changesOf } from '../run-config.js';
import type { PlannedRun } from './plan.js';

export type RunState =
  | { readonly kind: 'new' | 'begun' | 'done' /** Steps that need not be done again. */; readonly step: number }
  | { readonly kind: 'failed'; readonly step: number; readonly message: string };

/** Changes no number of a result. */
const IMMATERIAL = /^(name|train\.(workers|threads|cacheMegabytes|checkpointEvery))$/;
const SHOWN_DIFFERENCES = 4;

/** The type of the event that tells of numbers that were not finite any more. */
export const FAILED = 'failed';

/**
 * @param way how to go on when the folder holds other settings
 * @throws NddrError then, naming the settings that differ
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
  // At its last step what is reported may be to be judged still.
  return { kind: 'begun', step: (await folder.latestCheckpoint())?.checkpoint.state.step ?? 0 };
}

/** Settings that differ and change a result, with both values. */
const differences = (found: Config, wanted: Config): string[] =>
  changesOf(found, wanted)
    .filter(({ path }) => !IMMATERIAL.test(path))
    .map(({ path, from, to }) => `${path} is ${from} there and ${to} now`);
