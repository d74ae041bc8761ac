/** Weights of a run or of a file, by path. */
import { existsSync, statSync } from 'node:fs';
import { NddrError } from '../errors.js';
import { readWhole } from '../files.js';
import type { Values } from '../nn/scope.js';
import { type Checkpoint, OPTIMIZER } from '../train/checkpoint.js';
import { RunFolder } from '../train/node/run-folder.js';
import type { StartingWeights } from '../train/start.js';
import { AVERAGE } from '../train/training.js';
import { decodeSafetensors, type StoredTensor } from '../weights/safetensors.js';

/** The arrays of float32 tensors, by path; tensors of other types are left out. */
export function floats(tensors: ReadonlyMap<string, StoredTensor>): Values {
  const values: Values = new Map();
  for (const [path, { dtype, data }] of tensors) if (dtype === 'F32') values.set(path, data as Float32Array);
  return values;
}

/** The weights of a checkpoint: their moving average, where the run keeps one. */
function tensorsOf({ weights, optimizer }: Checkpoint): Map<string, StoredTensor> {
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

/**
 * Weights to start from: the best of a run, where the path is its folder, or those of a .safetensors file.
 * @throws NddrError when there is no such path, or it holds no weights that can be read
 */
export async function startingWeights(path: string): Promise<StartingWeights> {
  if (!existsSync(path)) throw new NddrError(`train.start: ${path} does not exist. Name a run or a .safetensors file.`);
  const from = `train.start ${path}`;
  if (statSync(path).isDirectory()) {
    const { checkpoint } = await checkpointOf(RunFolder.open(path), 'best');
    return { from, tensors: tensorsOf(checkpoint) };
  }
  const { tensors } = decodeSafetensors(await readWhole(path), path);
  // A checkpoint also holds the state of its optimizer, which is left out.
  return { from, tensors: new Map([...tensors].filter(([name]) => !name.startsWith(OPTIMIZER))) };
}

const TRUNK = 'shared.';

/** The same weights, with those of a shared trunk copied to every tower that the file has no weights for. */
export function fromTrunk({ from, tensors }: StartingWeights, towers: readonly string[]): StartingWeights {
  const all = new Map(tensors);
  for (const [path, tensor] of tensors) {
    if (!path.startsWith(TRUNK)) continue;
    all.delete(path);
    for (const tower of towers) {
      const own = `${tower}.${path.slice(TRUNK.length)}`;
      if (!all.has(own)) all.set(own, tensor);
    }
  }
  return { from, tensors: all };
}
