/** Losses over labelled pixels only. */
import { cast, maximum, sum, type Tensor, where } from '../engine/index.js';
import type { LossSum } from './task.js';

/**
 * The sum of `values` over the pixels where `labelled` holds, and the number of these pixels. Values elsewhere do not
 * matter, but must be finite.
 * @param labelled bool, of the shape of `values`
 */
export const maskedSum = (values: Tensor, labelled: Tensor): LossSum => ({
  sum: sum(where(labelled, values, 0)),
  count: sum(cast(labelled, 'float32')),
});

/** sum / count; 0, without a gradient, where the count is 0. */
export const meanOf = ({ sum, count }: LossSum): Tensor => sum.over(maximum(count, LEAST));

/** Smaller than any count that is not 0: a pixel counts 1, or the weight of its class. */
const LEAST = 1e-6;
