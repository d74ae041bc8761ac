/** Checks for a run that is resumed: which settings may change, and what is left to do. */
import { NddrError } from '../errors.js';
import type { RunFolder } from '../train/node/run-folder.js';
import type { Resumption } from '../train/options.js';
import type { Config } from './config.js';
import { type Change, changesOf, OVERRIDABLE, readRunConfig } from './run-config.js';
import { completeSplits, requireSameHoldOut } from './splits.js';

/** Settings that cannot change in a resumed run, with the reason. */
const FIXED: Readonly<Record<string, string>> = {
  'train.start': 'the run has its weights',
  'train.split': 'the run was trained on it',
  'evaluate.holdOut': 'the run was trained on the rest',
};

/**
 * The configuration with which a run is resumed, and how it differs from the one before.
 * @param before the configuration so far
 * @param set settings that change, `path.to.key=value`
 * @param step steps done
 * @throws NddrError when one of them cannot change
 */
export async function resumedConfig(
  folder: RunFolder,
  before: Config,
  set: readonly string[],
  step: number,
): Promise<{ readonly config: Config; readonly changes: readonly Change[] }> {
  if (set.length === 0) return { config: before, changes: [] };
  const config = await completeSplits(await readRunConfig(folder, set, [...OVERRIDABLE, 'train']));
  const changes = changesOf(before, config);
  for (const { path } of changes)
    if (Object.hasOwn(FIXED, path)) throw new NddrError(`${folder.path}: ${path} cannot change: ${FIXED[path]}.`);
  requireSameHoldOut(folder.path, before, config);
  if (config.train.steps < step)
    throw new NddrError(
      `${folder.path} has done ${step} steps already, so train.steps cannot be ${config.train.steps}. ` +
        'It is the number of all steps, those that are done included.',
    );
  return { config, changes };
}

/**
 * What is left to do of a run that is resumed: `train`, or only the final `report`.
 * @throws NddrError when nothing is left, with a way to train it further
 */
export async function workLeft(
  folder: RunFolder,
  { train }: Config,
  { step, progress }: Resumption,
): Promise<'train' | 'report'> {
  const { path } = folder;
  if (progress?.pending) return 'train';
  const waited = train.patience !== null && progress !== undefined && progress.since >= train.patience;
  if (step < train.steps && !waited) return 'train';
  const reported = (await folder.readEvents()).some((event) => event.type === 'final' && event.step === step);
  if (!reported) return 'report';
  throw new NddrError(
    step >= train.steps
      ? `${path} has done all its ${step} steps. Take it further: npx nddr resume ${path} --steps ${2 * step}`
      : `${path} ended early at step ${step}: ${progress?.since} evaluations brought no better score. ` +
          `Take it further: npx nddr resume ${path} --set train.patience=null`,
  );
}
