import type { Raster } from '../tasks/raster.js';
import { UNKNOWN_NUMBER } from '../tasks/regression.js';

/**
 * Mean and standard deviation of each number over the labels in which it is known, to six digits; 0 and 1 where it
 * never is.
 */
export function momentsOf(labels: readonly Raster[], count: number): { mean: number[]; deviation: number[] } {
  const short = (value: number) => Number(value.toPrecision(6));
  const each = Array.from({ length: count }, (_, k) => {
    const known = labels.map(({ data }) => data[k]).filter((value) => value > UNKNOWN_NUMBER);
    const average = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / Math.max(1, values.length);
    const mean = average(known);
    return { mean: short(mean), deviation: short(Math.sqrt(average(known.map((v) => (v - mean) ** 2)))) || 1 };
  });
  return { mean: each.map(({ mean }) => mean), deviation: each.map(({ deviation }) => deviation) };
}
