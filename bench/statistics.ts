/** Numbers about measured numbers. */
export { upperMedianOf as medianOf } from '../src/experiments/comparison/spread.js';

export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Most memory that this process has held at once. */
export const peakRssMib = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

/** y = factor x^exponent. */
export interface PowerLaw {
  readonly exponent: number;
  readonly factor: number;
}

/** The power law whose logarithm lies nearest to those of the points, in least squares. All values are positive. */
export function fitPowerLaw(points: readonly (readonly [x: number, y: number])[]): PowerLaw {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x0 = mean(logs.map(([x]) => x));
  const y0 = mean(logs.map(([, y]) => y));
  const covariance = mean(logs.map(([x, y]) => (x - x0) * (y - y0)));
  const exponent = covariance / mean(logs.map(([x]) => (x - x0) ** 2));
  return { exponent, factor: Math.exp(y0 - exponent * x0) };
}
