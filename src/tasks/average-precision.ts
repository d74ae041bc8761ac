import { descending } from './answer-words.js';

/**
 * AP = sum_n (R_n - R_{n-1}) P_n over the thresholds n at which answers differ, from the greatest down, P_n and R_n
 * precision and recall of the answers from there up: the area under the curve in steps, without interpolation.
 * An answer that is not finite is wrong at every threshold: what is true enters last, what is not first.
 * NaN where nothing is true.
 */
export function averagePrecision(answers: readonly number[], truths: readonly boolean[]): number {
  const wrong = (i: number) => (truths[i] ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
  const scores = answers.map((score, i) => (Number.isFinite(score) ? score : wrong(i)));
  const order = descending(scores);
  let [right, area, seen] = [0, 0, 0];
  while (seen < order.length) {
    // Equal scores share one threshold, so that their order does not matter.
    const threshold = scores[order[seen]];
    const before = right;
    while (seen < order.length && scores[order[seen]] === threshold) if (truths[order[seen++]]) right++;
    area += ((right - before) * right) / seen;
  }
  return area / right;
}
