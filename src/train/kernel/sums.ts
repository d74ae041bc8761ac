/** Sums of arrays, computed in place. */
import { kernel } from './kernel.js';

/** sum <- sum + factor array */
export const addTimes = kernel(['sum', 'array'], ['factor'], ({ sum, array, factor }) => ({
  sum: sum.plus(factor.times(array)),
}));

/** array <- factor array */
export const scale = kernel(['array'], ['factor'], ({ array, factor }) => ({ array: factor.times(array) }));
