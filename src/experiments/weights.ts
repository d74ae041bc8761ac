/** Weights of a run or of a file, by path. */
import { existsSync, statSync } from 'node:fs';
import { NddrError } from '../errors.js';
import { readWhole } from '../files.js';
import type { Values } from '../nn/scope.js';
import type { Checkpoint } from '../train/checkpoint.js';
import { RunFolder } from '../train/node/run-folder.js';
import { AVERAGE } from '../train/trainer.js';
import { decodeSafetensors, type StoredTensor } from '../weights/safetensors.js';

/** Arrays of float32 tensors by path; others are left out. */
export function floats(tensors: ReadonlyMap<string, StoredTensor>): Values {
  const values: Values = new Map();
  for (const [path, { dtype, data }] of tensors) if (dtype === 'F32') values.set(path, data as Float32Array);
  return values;
}

/** The weights of a checkpoint; where the run keeps an average of them, that. */
function weightsOf({ weights, optimizer }: Checkpoint): Values {
  const average = [...optimizer].flatMap(([slot, tensor]): [string, StoredTensor][] =>
    slot.startsWith(AVERAGE) ? [[slot.slice(AVERAGE.length), tensor]] : [],
  );
  return floats(new Map([...weights, ...average]));
}

/** Which weights of a run: those of the best evaluation (the latest before the first one), or the latest. */
export type Which = 'best' | 'last';

/** @throws NddrError when the run has no checkpoint yet, or a damaged one */
export async function runWeights(
  folder: RunFolder,
  which: Which,
): Promise<{ step: number; weights: Which; values: Values }> {
  const best = which === 'best' ? await bestOf(folder) : undefined;
  const checkpoint = best ?? (await folder.latestCheckpoint())?.checkpoint;
  if (!checkpoint)
    throw new NddrError(`${folder.path} has no checkpoint yet. Train it first: npx nddr resume ${folder.path}`);
  return { step: checkpoint.state.step, weights: best ? 'best' : 'last', values: weightsOf(checkpoint) };
}

async function bestOf(folder: RunFolder): Promise<Checkpoint | undefined> {
  try {
    return await folder.bestCheckpoint();
  } catch (error) {
    if (!(error instanceof NddrError)) throw error;
    throw new NddrError(`${error.message} The latest checkpoint may be sound: --weights last.`, { cause: error });
  }
}

/** Weights to begin with: of a run's folder the best, or those of a .safetensors file. @throws NddrError */
export async function startingWeights(path: string): Promise<Values> {
  if (!existsSync(path)) throw new NddrError(`train.start: ${path} does not exist. Name a run or a .safetensors file.`);
  if (statSync(path).isDirectory()) return (await runWeights(RunFolder.open(path), 'best')).values;
  return floats(decodeSafetensors(await readWhole(path), path).tensors);
}

const TRUNK = 'shared.';

/** The same weights, those of a shared trunk once more for every tower that has none of its own. */
export function fromTrunk(values: Values, towers: readonly string[]): Values {
  const spread: Values = new Map(values);
  for (const [path, array] of values) {
    if (!path.startsWith(TRUNK)) continue;
    for (const tower of towers) {
      const own = `${tower}.${path.slice(TRUNK.length)}`;
      if (!spread.has(own)) spread.set(own, array);
    }
  }
  return spread;
}
