/** exp(x_i) / sum_j exp(x_j) */
export function softmax(xs: readonly number[]): number[] {
  const largest = Math.max(...xs);
  const powers = xs.map((x) => Math.exp(x - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
