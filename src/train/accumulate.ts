/** Gradient accumulation: one update from several batches, with the gradient of one batch of all their samples. */
import type { Floats } from '../engine/index.js';
import type { StepFeeds } from './feeds.js';
import { addTimes } from './kernel/sums.js';
import type { CompiledStep, StepResult } from './step.js';

/**
 * Runs the batches of one update and adds up their losses and gradients, in the arrays of the first batch.
 *
 * The loss of a task is a mean over its labelled pixels. For the mean over several batches each batch must be divided
 * by the count of all of them, so the labels of all batches are counted first.
 * @param step built with `accumulate: batches`
 * @param feedsOf the feeds of a batch, counted from 0; called twice for each batch where there are several
 * @param check called with the result of each batch before it is added
 */
export async function accumulate(
  step: CompiledStep,
  batches: number,
  feedsOf: (batch: number) => StepFeeds,
  check: (result: StepResult, feeds: StepFeeds) => Promise<void>,
): Promise<StepResult> {
  const counts = await step.counter?.countAll(batches, feedsOf);
  const losses = new Map<string, number>();
  let first: StepResult | undefined;
  for (let i = 0; i < batches; i++) {
    const feeds = { ...feedsOf(i), ...(counts && { counts }) };
    const result = await step.run(feeds);
    await check(result, feeds);
    for (const [task, loss] of Object.entries(result.losses)) losses.set(task, (losses.get(task) ?? 0) + loss);
    if (!first) first = result;
    else for (const [sum, array] of pairsOfArrays(first, result)) addTimes({ sum, array }, { factor: 1 });
  }
  if (!first) throw new Error('an update of no batches');
  return { ...first, losses: Object.fromEntries(losses), counts: counts ?? first.counts };
}

/** The gradients of two results side by side, those of single tasks included. */
function* pairsOfArrays(a: StepResult, b: StepResult): Generator<[Floats, Floats]> {
  const maps: [StepResult['gradients'], StepResult['gradients'] | undefined][] = [[a.gradients, b.gradients]];
  for (const [task, gradients] of a.taskGradients) maps.push([gradients, b.taskGradients.get(task)]);
  for (const [arrays, others] of maps)
    for (const [path, array] of arrays) {
      const other = others?.get(path);
      if (other) yield [array, other];
    }
}
