/** A moving average of the weights. */
import type { Values } from '../nn/scope.js';
import { kernel } from './kernel/kernel.js';

/**
 * a <- k a + (1 - k) w after every update, running statistics included, with k = min(keep, (1 + n) / (10 + n)) at the
 * nth: the first weights, which are random, are soon forgotten.
 */
export class WeightAverage {
  readonly values: Values;

  /** @param values the live ones; @param keep share of the average that an update keeps */
  constructor(
    private readonly source: Values,
    private readonly keep: number,
  ) {
    this.values = new Map([...source].map(([path, array]) => [path, array.slice()]));
  }

  /** @param update number of the update, from 1 */
  add(update: number): void {
    const share = 1 - Math.min(this.keep, (1 + update) / (10 + update));
    for (const [path, weight] of this.source) {
      const average = this.values.get(path) as Float32Array;
      follow({ average, weight }, { share });
    }
  }
}

const follow = kernel(['average', 'weight'], ['share'], ({ average, weight, share }) => ({
  average: average.plus(share.times(weight.minus(average))),
}));
