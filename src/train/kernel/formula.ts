/** Formulas for each element of arrays, written once for host kernels and for graphs. */

/** A value in a formula: a term of a kernel, or a tensor of a graph. */
export interface Value<Self> {
  plus(other: Self): Self;
  minus(other: Self): Self;
  times(other: Self): Self;
  over(other: Self): Self;
  root(): Self;
}

/** New elements of arrays, as formulas of the old elements and of numbers that are the same for all elements. */
export interface Formulas<Arrays extends string = string, Scalars extends string = string> {
  readonly arrays: readonly Arrays[];
  readonly scalars: readonly Scalars[];
  /** The new value of each array that changes. */
  of<T extends Value<T>>(values: Readonly<Record<Arrays | Scalars, T>>): Readonly<Partial<Record<Arrays, T>>>;
}

/** @param of for each array that changes, its new element as a formula of the old elements and the scalars */
export const formulas = <const Arrays extends string, const Scalars extends string>(
  arrays: readonly Arrays[],
  scalars: readonly Scalars[],
  of: Formulas<Arrays, Scalars>['of'],
): Formulas<Arrays, Scalars> => ({ arrays, scalars, of });

/** sum <- sum + factor array */
export const sumWithMultiple = formulas(['sum', 'array'], ['factor'], ({ sum, array, factor }) => ({
  sum: sum.plus(factor.times(array)),
}));

/** value <- value + share (target - value): of a moving average, whose decay is 1 - share. */
export const movedTowards = formulas(['value', 'target'], ['share'], ({ value, target, share }) => ({
  value: value.plus(share.times(target.minus(value))),
}));
