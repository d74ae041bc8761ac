/** Average precision, the metric of several labels. */
import { descending } from './answer-words.js';

/**
 * Average precision, the area under the precision-recall curve without interpolation, as in scikit-learn:
 *   AP = sum_n (R_n - R_{n-1}) P_n
 * over the distinct scores n from the greatest down, where P_n and R_n are precision and recall of the answers with
 * that score or a greater one. An answer that is not finite is wrong at every threshold: it counts as the lowest score
 * where the truth is positive and as the highest where it is not. NaN where no truth is positive.
 */
export function averagePrecision(answers: readonly number[], truths: readonly boolean[]): number {
  const wrong = (i: number) => (truths[i] ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
  const scores = answers.map((score, i) => (Number.isFinite(score) ? score : wrong(i)));
  const order = descending(scores);
  let [hits, area, seen] = [0, 0, 0];
  while (seen < order.length) {
    // Equal scores share one threshold: their order does not matter.
    const threshold = scores[order[seen]];
    const before = hits;
    while (seen < order.length && scores[order[seen]] === threshold) if (truths[order[seen++]]) hits++;
    area += ((hits - before) * hits) / seen;
  }
  return area / hits;
}
