/** Sums of arrays, computed in place. */
import { formulas, movedTowards, sumWithMultiple } from './formula.js';
import { kernel } from './kernel.js';

export const addTimes = kernel(sumWithMultiple);

export const moveTowards = kernel(movedTowards);

/** array <- factor array */
export const scale = kernel(formulas(['array'], ['factor'], ({ array, factor }) => ({ array: factor.times(array) })));
