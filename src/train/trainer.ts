/** The training loop: a generator of events. Each phase is a function in a file of its own. */
import { parameterCount } from '../nn/scope.js';
import { runEvaluation } from './evaluation.js';
import type { TrainingEvent } from './events.js';
import type { TrainingOptions } from './options.js';
import { saveCheckpoint } from './saving.js';
import { sharedBy } from './sharing.js';
import { evaluatedSnapshot, openTraining, type Training } from './training.js';
import { runUpdate, warnOfUnlabelledTasks } from './update.js';

/**
 * Trains a network and yields what happens. Everything that it opened is closed when the generator ends, throws, or is
 * left early by `break` or `return()`.
 * @throws NotFiniteError when a loss, gradient or weight is not finite, naming step, task and layer; what was saved
 *   stays
 * @throws NddrError when settings are wrong, when starting weights or a checkpoint do not fit the network, or when a
 *   batch lacks labels of a task
 */
export async function* train(options: TrainingOptions): AsyncGenerator<TrainingEvent> {
  const { settings, store, signal } = options;
  const { steps, evaluateEvery, checkpointEvery, patience } = settings;
  const began = performance.now();
  const training = await openTraining(options);
  const due = (every: number) => every > 0 && (training.done % every === 0 || training.done === steps);
  const stopping = () => signal?.aborted === true && training.done < steps;
  try {
    yield* announceStart(training, performance.now() - began);
    while (training.done < steps || training.progress.pending) {
      if (!training.progress.pending) {
        yield await runUpdate(training);
        yield* warnOfUnlabelledTasks(training);
      }
      if (training.progress.pending || due(evaluateEvery)) yield* runEvaluation(training, stopping);
      // Read once, so that a training never reports `stopped` without having saved.
      const stop = stopping();
      if (stop || due(checkpointEvery)) yield* saveCheckpoint(training);
      if (stop) {
        yield { type: 'stopped', step: training.done };
        return;
      }
      const { pending, since } = training.progress;
      if (patience && !pending && since >= patience && training.done < steps) {
        yield { type: 'done', step: training.done, early: true };
        return;
      }
    }
    if (evaluateEvery === 0) await store.saveBest(await evaluatedSnapshot(training));
    yield { type: 'done', step: training.done };
  } finally {
    await training.updater.close();
  }
}

/** The events before the first step: the start, the warm start, and a warning if the best weights are given up. */
function* announceStart(training: Training, openMillis: number): Generator<TrainingEvent> {
  const { options, done: step, warmStart, progress } = training;
  const parameters = parameterCount(training.updater.graph.variables.values());
  const shares = step === 0 ? sharedBy(training, training.values) : {};
  yield { type: 'start', step, steps: options.settings.steps, parameters, openMillis, ...shares };
  if (warmStart) yield { type: 'warm-start', step, ...warmStart };
  const earlier = options.resume?.progress?.best;
  if (earlier && progress.best === null) {
    const message =
      `The best weights so far, of step ${earlier.step}, were found by another score (${earlier.score}); ` +
      'now a new best is sought.';
    yield { type: 'warning', step, message };
  }
}
