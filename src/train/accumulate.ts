/** Gradient accumulation: one update from several batches, with the gradient that one batch of all their samples has. */
import type { Floats } from '../engine/index.js';
import { addTimes } from './kernel/sums.js';
import type { CompiledStep, StepFeeds, StepResult } from './step.js';

/**
 * Runs the batches of an update. Of several batches each one's loss is its sum over the count of all of them, which is
 * learned first; losses and gradients are then added up, in the arrays of the first batch.
 * @param step built for so many batches
 * @param feedsOf the feeds of a batch, counted from 0; asked for twice where there are several
 * @param check hears what each batch brought
 */
export async function accumulated(
  step: CompiledStep,
  batches: number,
  feedsOf: (batch: number) => StepFeeds,
  check: (result: StepResult, feeds: StepFeeds) => Promise<void>,
): Promise<StepResult> {
  const counts = new Map<string, number>();
  if (batches > 1)
    for (let i = 0; i < batches; i++)
      for (const [task, count] of Object.entries(await step.count(feedsOf(i))))
        counts.set(task, (counts.get(task) ?? 0) + count);
  const totals = batches > 1 ? Object.fromEntries(counts) : undefined;
  const losses = new Map<string, number>();
  let first: StepResult | undefined;
  for (let i = 0; i < batches; i++) {
    const feeds = { ...feedsOf(i), ...(totals && { counts: totals }) };
    const result = await step.run(feeds);
    await check(result, feeds);
    for (const [task, loss] of Object.entries(result.losses)) losses.set(task, (losses.get(task) ?? 0) + loss);
    if (!first) first = result;
    else for (const [sum, array] of pairs(first, result)) addTimes({ sum, array }, { factor: 1 });
  }
  if (!first) throw new Error('an update of no batches');
  return { ...first, losses: Object.fromEntries(losses), counts: totals ?? first.counts };
}

/** The arrays of all gradients of two results, by variable and, where they are apart, by task. */
function* pairs(a: StepResult, b: StepResult): Generator<[Floats, Floats]> {
  const maps: [StepResult['gradients'], StepResult['gradients'] | undefined][] = [[a.gradients, b.gradients]];
  for (const [task, gradients] of a.apart) maps.push([gradients, b.apart.get(task)]);
  for (const [own, other] of maps)
    for (const [path, array] of own) {
      const others = other?.get(path);
      if (others) yield [array, others];
    }
}
