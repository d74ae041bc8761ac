/** One update of a training: batches, losses and gradients, and the step of the optimizer. */
import { NotFiniteError } from '../errors.js';
import { accumulate } from './accumulate.js';
import { calibrateFusion } from './calibrate.js';
import { diagnose, failureOf } from './diagnose.js';
import type { TrainingEvent } from './events.js';
import type { TrainingBatch } from './options.js';
import type { StepFeeds } from './step.js';
import type { Training } from './training.js';
import type { ByTask, Weighed } from './weigher.js';

/**
 * Does one update and counts it.
 * @throws NotFiniteError when a loss or gradient is not finite, naming step, task and layer
 */
export async function runUpdate(training: Training): Promise<TrainingEvent> {
  const { options, optimizer, average, rateAt } = training;
  const { data } = options;
  const began = performance.now();
  const waitedBefore = data.waitedMillis;
  const { losses, gradients, weights } = await computeGradients(training);
  const rate = rateAt(training.done);
  optimizer.apply(gradients, rate, training.done + 1);
  training.done++;
  average?.add(training.done);
  // A task without labels has the loss NaN and adds nothing.
  const total = Object.entries(losses).reduce((sum, [task, loss]) => sum + (loss || 0) * weights[task], 0);
  const stepMillis = performance.now() - began;
  const waitMillis = data.waitedMillis - waitedBefore;
  return { type: 'step', step: training.done, losses, weights, total, rate, stepMillis, waitMillis };
}

/** Forward and backward through the batches of one update. */
async function computeGradients(training: Training): Promise<Weighed & { readonly losses: ByTask }> {
  const { options, step, values, weigher, random, masks, seenTasks, done } = training;
  const { network, settings, data } = options;
  const { accumulate: batchCount = 1 } = settings;
  const fed = weigher.weightsFor(done);
  const batches: TrainingBatch[] = [];
  while (batches.length < batchCount) batches.push(await data.next());
  if (settings.calibrate && done === 0) await calibrate(training, batches[0]);
  const feedsOf = (i: number): StepFeeds => ({
    ...{ image: batches[i].images, labels: batches[i].labels, weights: fed },
    masks: masks.fill(random.fork('dropout').fork(done * batchCount + i)),
  });
  const result = await accumulate(step, batchCount, feedsOf, async (part, feeds) => {
    const failure = failureOf(part, step.graph.variables);
    if (failure) throw new NotFiniteError(await diagnose({ step: done + 1, failure, values, options, feeds }));
  });
  const { gradients, weights } = weigher.weigh(done, result, fed, values);
  for (const { name } of network.tasks) if (result.counts[name] > 0) seenTasks.add(name);
  const losses = network.tasks.map(({ name }) => [name, result.counts[name] > 0 ? result.losses[name] : Number.NaN]);
  return { losses: Object.fromEntries(losses), gradients, weights };
}

function calibrate({ options, values, random }: Training, { images }: TrainingBatch): Promise<void> {
  const { network, settings, runtime } = options;
  const shape = [settings.batch, settings.height, settings.width] as const;
  return calibrateFusion(network, values, images, shape, runtime, random.fork('calibrate'));
}

/** A warning for each task of which no label was seen; given once, after the first epoch of this call. */
export function* warnOfUnlabelledTasks({ options, done, firstStep, seenTasks }: Training): Generator<TrainingEvent> {
  const { network, settings, data } = options;
  const { samples = Number.POSITIVE_INFINITY } = data;
  const updatesOfEpoch = Math.ceil(samples / (settings.batch * (settings.accumulate ?? 1)));
  if (done - firstStep !== updatesOfEpoch) return;
  for (const { name } of network.tasks) {
    if (seenTasks.has(name)) continue;
    const message = `In a whole epoch no sample had a label of "${name}": it learns nothing.`;
    yield { type: 'warning', step: done, message };
  }
}
