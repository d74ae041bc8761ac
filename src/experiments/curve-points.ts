/** Long curves as fewer points. */
import { spreadOf } from './comparison/spread.js';
import type { CurvePoint } from './report-data.js';

/**
 * Averages neighbouring points, in groups of equal size, until at most `most` are left. Values that are not finite do
 * not count; a group that holds no other has the value NaN.
 */
export function averagePoints(points: readonly CurvePoint[], most: number): CurvePoint[] {
  const size = Math.ceil(points.length / most);
  return Array.from({ length: size === 0 ? 0 : Math.ceil(points.length / size) }, (_, n): CurvePoint => {
    const group = points.slice(n * size, (n + 1) * size);
    return [spreadOf(group.map(([step]) => step)).mean, spreadOf(group.map(([, value]) => value)).mean];
  });
}
