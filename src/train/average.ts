/** A moving average of the weights. */
import type { Values } from '../nn/scope.js';
import { moveTowards } from './kernel/sums.js';

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
    readonly decay: number,
  ) {
    this.values = new Map([...source].map(([path, array]) => [path, array.slice()]));
  }

  /** @param update number of the update, from 1 */
  add(update: number): void {
    const share = averageShare(this.decay, update);
    for (const [path, target] of this.source) {
      const value = this.values.get(path) as Float32Array; // made from the same paths
      moveTowards({ value, target }, { share });
    }
  }
}

/** 1 - d, the share of the weights in the average of an update, counted from 1. */
export const averageShare = (decay: number, update: number): number =>
  1 - Math.min(decay, (1 + update) / (10 + update));
