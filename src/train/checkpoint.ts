/** Checkpoints as bytes. */
import { NddrError } from '../errors.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../weights/safetensors.js';

/** What a run needs besides its arrays to continue with the same bits. Kept as JSON, so every number must be finite. */
export interface CheckpointState {
  /** Steps done. */
  readonly step: number;
  readonly seed: number;
  /** The complete configuration of the run. */
  readonly config: unknown;
  /** The best evaluation so far; null before the first. */
  readonly best: { readonly step: number; readonly score: number } | null;
  /** Further state of the trainer, as plain JSON. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface Checkpoint {
  readonly state: CheckpointState;
  /** Parameters and running statistics by path, such as `seg.conv3_1.weight`. */
  readonly weights: ReadonlyMap<string, StoredTensor>;
  /** State of the optimizer by slot and path, such as `momentum.seg.conv3_1.weight`; empty in the best weights. */
  readonly optimizer: ReadonlyMap<string, StoredTensor>;
}

/** The names of the optimizer's tensors begin with this; those of weights do not. */
export const OPTIMIZER = 'optimizer.';
const FORMAT = 'nddr checkpoint 1';

/**
 * Writes a checkpoint as a safetensors file: weights under their paths, the optimizer's state under
 * `optimizer.SLOT.PATH`, the rest as JSON in its metadata. Other programs read its weights without knowing `nddr`.
 * @returns the file in pieces, views of the arrays' own memory: write them before the next step changes it
 * @throws NddrError when a weight's path begins with `optimizer.` or the state does not survive JSON
 */
export function encodeCheckpoint({ state, weights, optimizer }: Checkpoint): Uint8Array[] {
  for (const path of weights.keys()) {
    if (path.startsWith(OPTIMIZER)) {
      throw new NddrError(`Parameter ${path}: a path cannot begin with "${OPTIMIZER}". Rename the task or the layer.`);
    }
  }
  const fault = faultOf(state);
  if (fault !== undefined) throw new NddrError(`The state of the run cannot be saved: ${fault}.`);
  const tensors = new Map(weights);
  for (const [path, tensor] of optimizer) tensors.set(OPTIMIZER + path, tensor);
  return encodeSafetensors(tensors, { format: FORMAT, state: JSON.stringify(state) });
}

/**
 * Reads a checkpoint; its arrays are views of `bytes` where alignment allows it.
 * @param where the file's name, for messages
 * @throws NddrError when the file is damaged, or a safetensors file that is no checkpoint
 */
export function decodeCheckpoint(bytes: Uint8Array, where: string): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(bytes, where);
  if (metadata.format !== FORMAT) {
    const found = metadata.format === undefined ? 'no format' : `format "${metadata.format}"`;
    throw new NddrError(
      `${where} is no checkpoint: its metadata gives ${found}, and "${FORMAT}" is wanted. Name a checkpoint of a run.`,
    );
  }
  const weights = new Map<string, StoredTensor>();
  const optimizer = new Map<string, StoredTensor>();
  for (const [path, tensor] of tensors) {
    if (path.startsWith(OPTIMIZER)) optimizer.set(path.slice(OPTIMIZER.length), tensor);
    else weights.set(path, tensor);
  }
  return { state: readState(metadata.state, where), weights, optimizer };
}

/**
 * The state that the metadata of a file of weights holds; undefined where the file is no checkpoint.
 * @throws NddrError when the state is damaged
 */
export const checkpointState = (
  metadata: Readonly<Record<string, string>>,
  where: string,
): CheckpointState | undefined => (metadata.format === FORMAT ? readState(metadata.state, where) : undefined);

function readState(text: string | undefined, where: string): CheckpointState {
  let state: unknown;
  try {
    state = JSON.parse(text ?? '');
  } catch {
    throw new NddrError(`${where} is damaged: its state is not JSON. Use an earlier checkpoint.`);
  }
  const fault = faultOf(state);
  if (fault !== undefined) throw new NddrError(`${where} is damaged: ${fault}. Use an earlier checkpoint.`);
  return state as CheckpointState;
}

const isStep = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

/** What is wrong with a state, in words; undefined when it is valid. */
function faultOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'its state is not an object';
  const { step, seed, config, best } = value as Partial<Record<keyof CheckpointState, unknown>>;
  if (!isStep(step)) return `step is ${step}, and a count is wanted`;
  if (!Number.isFinite(seed)) return `seed is ${seed}, and a number is wanted`;
  if (config === undefined) return 'config is missing';
  if (best === null) return undefined;
  const { step: bestStep, score } = (best ?? {}) as Partial<Record<'step' | 'score', unknown>>;
  if (!isStep(bestStep) || !Number.isFinite(score)) {
    return `best is ${JSON.stringify(best)}, and null or { step, score } is wanted`;
  }
  return undefined;
}
