/** One update of a training: batches, losses and gradients, and the step of the optimizer. */
import { NotFiniteError } from '../errors.js';
import { calibrateFusion } from './calibrate.js';
import { diagnose } from './diagnose.js';
import type { TrainingEvent } from './events.js';
import type { StepFeeds } from './feeds.js';
import type { TrainingBatch } from './options.js';
import type { Training } from './training.js';
import type { ByTask } from './weigher.js';

/**
 * Does one update and counts it.
 * @throws NotFiniteError when a loss or gradient is not finite, naming step, task and layer
 */
export async function runUpdate(training: Training): Promise<TrainingEvent> {
  const { options, updater, weigher, seenTasks, rateAt, done } = training;
  const { data, network } = options;
  const began = performance.now();
  const waitedBefore = data.waitedMillis;
  const batches = await nextBatches(training);
  const fed = weigher.weightsFor(done);
  const rate = rateAt(done);
  const {
    losses: found,
    counts,
    weights,
  } = await updater.apply({
    ...{ update: done, batches: batches.length, fed, rate },
    feedsOf: (i) => feedsOf(training, batches, i, fed),
    fail: async (failure, feeds) => {
      throw new NotFiniteError(await diagnose({ step: done + 1, failure, values: training.values, options, feeds }));
    },
  });
  training.done++;
  for (const { name } of network.tasks) if (counts[name] > 0) seenTasks.add(name);
  const losses = Object.fromEntries(
    network.tasks.map(({ name }) => [name, counts[name] > 0 ? found[name] : Number.NaN]),
  );
  // A task without labels has the loss NaN and adds nothing.
  const total = Object.entries(losses).reduce((sum, [task, loss]) => sum + (loss || 0) * weights[task], 0);
  const stepMillis = performance.now() - began;
  const waitMillis = data.waitedMillis - waitedBefore;
  return { type: 'step', step: training.done, losses, weights, total, rate, stepMillis, waitMillis };
}

/** The batches of one update. The first of a training calibrates the fusion layers, where the settings want it. */
async function nextBatches(training: Training): Promise<TrainingBatch[]> {
  const { options, done } = training;
  const { accumulate = 1, calibrate: calibrates } = options.settings;
  const batches: TrainingBatch[] = [];
  while (batches.length < accumulate) batches.push(await options.data.next());
  if (calibrates && done === 0) await calibrate(training, batches[0]);
  return batches;
}

/** What the step is fed with the i-th batch of an update. */
function feedsOf(
  { masks, random, done }: Training,
  batches: readonly TrainingBatch[],
  i: number,
  weights: ByTask,
): StepFeeds {
  const { images, labels } = batches[i];
  const dropout = random.fork('dropout').fork(done * batches.length + i);
  return { image: images, labels, weights, masks: masks.fill(dropout) };
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
