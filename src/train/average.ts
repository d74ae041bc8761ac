/** A moving average of the weights. */
import type { Values } from '../nn/scope.js';
import { kernel } from './kernel/kernel.js';

/**
 * The exponential moving average a <- d a + (1 - d) w, taken after every update, of weights and running statistics.
 * The decay of update n is d = min(decay, (1 + n) / (10 + n)): smaller at first, so that the random weights of the
 * beginning soon fade.
 */
export class WeightAverage {
  /** The averages, by path. */
  readonly values: Values;

  /** @param source the weights that training changes in place */
  constructor(
    private readonly source: Values,
    private readonly decay: number,
  ) {
    this.values = new Map([...source].map(([path, array]) => [path, array.slice()]));
  }

  /** @param update number of the update, from 1 */
  add(update: number): void {
    const rate = 1 - Math.min(this.decay, (1 + update) / (10 + update));
    for (const [path, weight] of this.source) {
      const average = this.values.get(path) as Float32Array; // made from the same paths
      moveTowards({ average, weight }, { rate });
    }
  }
}

// a <- a + (1 - d) (w - a)
const moveTowards = kernel(['average', 'weight'], ['rate'], ({ average, weight, rate }) => ({
  average: average.plus(rate.times(weight.minus(average))),
}));
