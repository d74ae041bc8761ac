/** Mean, deviation and median of a list of numbers. */

export interface Spread {
  readonly mean: number;
  /** The sample deviation (divided by n - 1); NaN of a single value. */
  readonly deviation: number;
  /** Finite values. */
  readonly count: number;
}

/** Mean and sample deviation of the finite values; NaN where there is none. */
export function spreadOf(values: readonly number[]): Spread {
  const finite = values.filter(Number.isFinite);
  const count = finite.length;
  const mean = finite.reduce((sum, value) => sum + value, 0) / count;
  const squares = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : Number.NaN, count };
}

/**
 * The middle value: of an even number of values the upper of the two in the middle, so that it is always one of them.
 * Undefined of an empty list.
 */
export function upperMedianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
