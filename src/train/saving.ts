/** Saves checkpoints of a training. */
import { NotFiniteError } from '../errors.js';
import { ADVICE, firstNonFinite } from './diagnose.js';
import type { TrainingEvent } from './events.js';
import { snapshotOf, type Training } from './training.js';

/**
 * Saves a checkpoint, unless the last one holds the same.
 * @throws NotFiniteError when a weight is not finite: then nothing is saved
 */
export async function* saveCheckpoint(training: Training): AsyncGenerator<TrainingEvent> {
  const { done, progress, saved, options } = training;
  if (saved.step === done && saved.progress === progress) return;
  const snapshot = await snapshotOf(training);
  const path = firstNonFinite(snapshot.values);
  if (path) throw new NotFiniteError(`Step ${done}: ${path} is not finite any more. ${ADVICE}`);
  await options.store.save(snapshot);
  training.saved = { step: done, progress };
  yield { type: 'checkpoint', step: done };
}
