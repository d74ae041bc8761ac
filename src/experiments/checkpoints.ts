/** What checkpoints of runs hold. */
import type { Checkpoint } from '../train/checkpoint.js';
import type { Progress, Resumption, Snapshot } from '../train/options.js';
import type { Config } from './config.js';
import { floats } from './weights.js';

/** The checkpoint of a training; its arrays are those of the snapshot. */
export function checkpointOf({ step, values, optimizer, variables, progress }: Snapshot, config: Config): Checkpoint {
  const stored = (path: string, data: Float32Array) => ({
    dtype: 'F32' as const,
    shape: variables.get(path)?.shape ?? [data.length],
    data,
  });
  const { best, ...more } = progress;
  return {
    state: { step, seed: config.train.seed, config, best, more },
    weights: new Map([...values].map(([path, data]) => [path, stored(path, data)])),
    optimizer: new Map([...optimizer].map(([slot, data]) => [slot, stored(slot.slice(slot.indexOf('.') + 1), data)])),
  };
}

/** The checkpoint of the best weights, without the state of the optimizer. */
export const bestOf = (snapshot: Snapshot, config: Config): Checkpoint => ({
  ...checkpointOf(snapshot, config),
  optimizer: new Map(),
});

/** The state to resume from, as a checkpoint holds it. */
export function resumption({ state, weights, optimizer }: Checkpoint): Resumption {
  const { judgedBy = '', since = 0, pending = false } = (state.more ?? {}) as Partial<Progress>;
  return {
    step: state.step,
    values: floats(weights),
    optimizer: floats(optimizer),
    progress: { best: state.best, judgedBy, since, pending },
  };
}
