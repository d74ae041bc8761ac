/** Weights of a run. */
import { NddrError } from '../errors.js';
import type { Values } from '../nn/scope.js';
import type { Checkpoint } from '../train/checkpoint.js';
import type { RunFolder } from '../train/node/run-folder.js';
import { AVERAGE } from '../train/training.js';
import type { StoredTensor } from '../weights/stored-tensor.js';

/** The arrays of float32 tensors, by path; tensors of other types are left out. */
export function floats(tensors: ReadonlyMap<string, StoredTensor>): Values {
  const values: Values = new Map();
  for (const [path, { dtype, data }] of tensors) if (dtype === 'F32') values.set(path, data as Float32Array);
  return values;
}

/** The weights of a checkpoint: their moving average, where the run keeps one. */
export function tensorsOf({ weights, optimizer }: Checkpoint): Map<string, StoredTensor> {
  const average = [...optimizer].flatMap(([slot, tensor]): [string, StoredTensor][] =>
    slot.startsWith(AVERAGE) ? [[slot.slice(AVERAGE.length), tensor]] : [],
  );
  return new Map([...weights, ...average]);
}

/**
 * Which weights of a run: `best` are those of the best evaluation, or the latest where there was none yet; `last` are
 * the latest.
 */
export type WeightsChoice = 'best' | 'last';

/**
 * The weights of a run, the moving average where it keeps one, and the step and choice that they are of.
 * @throws NddrError when the run has no checkpoint yet, or a damaged one
 */
export async function runWeights(
  folder: RunFolder,
  choice: WeightsChoice,
): Promise<{ step: number; weights: WeightsChoice; values: Values }> {
  const { checkpoint, weights } = await checkpointOf(folder, choice);
  return { step: checkpoint.state.step, weights, values: floats(tensorsOf(checkpoint)) };
}

async function checkpointOf(
  folder: RunFolder,
  choice: WeightsChoice,
): Promise<{ checkpoint: Checkpoint; weights: WeightsChoice }> {
  const best = choice === 'best' ? await bestOf(folder) : undefined;
  const checkpoint = best ?? (await folder.latestCheckpoint())?.checkpoint;
  if (!checkpoint)
    throw new NddrError(`${folder.path} has no checkpoint yet. Train it first: npx nddr resume ${folder.path}`);
  return { checkpoint, weights: best ? 'best' : 'last' };
}

async function bestOf(folder: RunFolder): Promise<Checkpoint | undefined> {
  try {
    return await folder.bestCheckpoint();
  } catch (error) {
    if (!(error instanceof NddrError)) throw error;
    throw new NddrError(`${error.message} The latest checkpoint may be sound: --weights last.`, { cause: error });
  }
}
