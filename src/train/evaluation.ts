/** Evaluations of a training, by which its best weights are found. */
import type { TrainingEvent } from './events.js';
import { judge, type Worth } from './judging.js';
import { saveCheckpoint } from './saving.js';
import { sharedBy } from './sharing.js';
import { evaluatedSnapshot, type Training } from './training.js';

/**
 * Evaluates the current weights, and keeps them where they are the best so far. A checkpoint that marks the evaluation
 * as pending is saved first, so that an interruption loses no step; a resumed run then starts with the evaluation.
 * @param stopping once it returns true, the evaluation is left pending
 */
export async function* runEvaluation(training: Training, stopping: () => boolean): AsyncGenerator<TrainingEvent> {
  if (!training.progress.pending) training.progress = { ...training.progress, pending: true };
  yield* saveCheckpoint(training);
  yield* evaluateWeights(training, stopping);
  yield* saveCheckpoint(training);
}

async function* evaluateWeights(training: Training, stopping: () => boolean): AsyncGenerator<TrainingEvent> {
  if (stopping()) return;
  const { options, worthOf, done: step } = training;
  const { network, runtime, data, store } = options;
  const began = performance.now();
  const { values: weights } = await evaluatedSnapshot(training);
  const judging = judge({ network, runtime, values: weights }, data.evaluation(), stopping);
  try {
    let next = await judging.next();
    for (; !next.done; next = await judging.next()) yield { type: 'evaluating', step, done: next.value };
    const values = next.value;
    if (!values) return;
    const worth = worthOf(values);
    yield* warnOfUnjudgedTasks(training, worth);
    const best = noteScore(training, worth.score);
    if (best) await store.saveBest(await evaluatedSnapshot(training));
    const evaluationMillis = performance.now() - began;
    const split = data.split === undefined ? {} : { split: data.split };
    const shares = sharedBy(training, weights);
    yield { type: 'evaluation', step, ...split, values, ...worth, best, ...shares, evaluationMillis };
  } finally {
    await judging.return(undefined);
  }
}

/** Updates the search for the best weights. @returns whether the score is the best so far; NaN never is */
function noteScore(training: Training, score: number): boolean {
  const { progress, done } = training;
  const best = Number.isFinite(score) && (progress.best === null || score > progress.best.score);
  training.progress = best
    ? { ...progress, best: { step: done, score }, since: 0, pending: false }
    : { ...progress, since: progress.since + 1, pending: false };
  return best;
}

/** A warning for each task that could not be judged, once in a training. */
function* warnOfUnjudgedTasks({ options, warnedTasks, done }: Training, { without }: Worth): Generator<TrainingEvent> {
  const { split } = options.data;
  const where = split === undefined ? 'What is judged' : `The split "${split}"`;
  for (const task of without) {
    if (warnedTasks.has(task)) continue;
    warnedTasks.add(task);
    const message = `${where} has no label of "${task}": it has no part in the score.`;
    yield { type: 'warning', step: done, message };
  }
}
