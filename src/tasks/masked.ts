import { cast, div, maximum, sum, type Tensor, where } from '../engine/index.js';
import type { LossSum } from './task.js';

/**
 * `values` summed over the pixels where `labelled` holds, and the number of these. Values elsewhere may be anything
 * finite.
 * @param labelled bool, of the shape of `values`
 */
export const maskedSum = (values: Tensor, labelled: Tensor): LossSum => ({
  sum: sum(where(labelled, values, 0)),
  count: sum(cast(labelled, 'float32')),
});

/** The mean that a sum and its count stand for; 0, with no gradient, where nothing was counted. */
export const meanOf = ({ sum, count }: LossSum): Tensor => div(sum, maximum(count, LEAST));

/** Less than any count: a pixel counts 1, or the weight of its class. */
const LEAST = 1e-6;
