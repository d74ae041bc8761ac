/** exp(x_i) / sum_j exp(x_j) of each x_i, without overflow. */
export function softmax(xs: readonly number[]): number[] {
  const largest = Math.max(...xs);
  const powers = xs.map((x) => Math.exp(x - largest));
  const sum = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / sum);
}
