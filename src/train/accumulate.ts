/** Gradient accumulation: one update from several batches. */
import type { Floats } from '../engine/index.js';
import { addTimes, scale } from './kernel/sums.js';
import type { StepResult } from './step.js';

/** Means of losses and gradients over batches. The first batch's arrays hold them: no others are needed. */
export class BatchMean {
  private count = 0;
  private losses: Record<string, number> = {};
  private first: StepResult | undefined;

  add(result: StepResult): void {
    this.count++;
    for (const [task, loss] of Object.entries(result.losses)) this.losses[task] = (this.losses[task] ?? 0) + loss;
    if (!this.first) this.first = result;
    else for (const [sum, array] of pairs(this.first, result)) addTimes({ sum, array }, { factor: 1 });
  }

  /** The mean of all batches so far; of a single one it is its own result. */
  take(): StepResult {
    const { first, count } = this;
    if (!first) throw new Error('a mean of no batches');
    if (count === 1) return first;
    for (const [sum] of pairs(first, first)) scale({ array: sum }, { factor: 1 / count });
    const losses = Object.fromEntries(Object.entries(this.losses).map(([task, sum]) => [task, sum / count]));
    return { ...first, losses };
  }
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
