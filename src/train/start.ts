/** Copies weights into a network: those that a training starts from, and those of a checkpoint. */
import { NddrError } from '../errors.js';
import type { Values, Variable } from '../nn/scope.js';
import type { StoredTensor } from '../weights/safetensors.js';
import { someOf } from '../words.js';

/** Weights that a training starts from. */
export interface StartingWeights {
  /** Where they come from, for messages. */
  readonly from: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** What became of starting weights; lists of paths. */
export type WarmStart = {
  readonly from: string;
  /** Copied into the network. */
  readonly taken: readonly string[];
  /** In the network and not in the file: they keep their random first values. */
  readonly fresh: readonly string[];
  /** In the file and not in the network. */
  readonly unused: readonly string[];
};

/**
 * Copies the weights whose names the network has. Names of the file that the network lacks are left out and reported:
 * a network may start from one with other tasks, heads or fusion layers.
 * @throws NddrError when weights of the same name have another shape or type, naming all of them, or when the network
 *   has none of the names; nothing is copied then
 */
export function warmStart(
  values: Values,
  variables: ReadonlyMap<string, Variable>,
  { from, tensors }: StartingWeights,
): WarmStart {
  const [taken, fresh, mismatched]: string[][] = [[], [], []];
  for (const [path, { shape }] of variables) {
    const found = tensors.get(path);
    if (!found) fresh.push(path);
    else if (found.dtype !== 'F32' || found.shape.join() !== shape.join())
      mismatched.push(
        `${path} is ${found.dtype} [${found.shape.join(', ')}] there, the network wants F32 [${shape.join(', ')}]`,
      );
    else taken.push(path);
  }
  if (mismatched.length > 0)
    throw new NddrError(
      `${from} does not fit:\n  ${mismatched.join('\n  ')}\nUse a network of the same width and tasks.`,
    );
  const unused = [...tensors.keys()].filter((path) => !variables.has(path));
  if (taken.length === 0)
    throw new NddrError(
      `Nothing of ${from} has a name that the network has. There: ${someOf(unused) || 'nothing'}. ` +
        `In the network: ${someOf(fresh)}. Use weights of a network with the same tasks and backbone.`,
    );
  for (const path of taken) values.get(path)?.set(tensors.get(path)?.data as Float32Array);
  return { from, taken, fresh, unused };
}

/**
 * Copies the arrays of a checkpoint.
 * @throws NddrError naming the arrays that it lacks, or holds in another size; nothing is copied then
 */
export function restore(values: Values, given: ReadonlyMap<string, Float32Array>, from: string): void {
  const wrong = [...values].flatMap(([path, own]) => {
    const array = given.get(path);
    if (!array) return [path];
    return array.length === own.length ? [] : [`${path} (${array.length} numbers there, ${own.length} wanted)`];
  });
  if (wrong.length > 0)
    throw new NddrError(
      `${from} lacks ${someOf(wrong)}: it belongs to another network or other settings. Restore the run's settings.`,
    );
  for (const [path, own] of values) own.set(given.get(path) ?? []);
}
