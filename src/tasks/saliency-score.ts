/** The metrics of saliency: maxF and maxJaccard. */
import type { Raster } from './raster.js';
import type { Meter } from './task.js';

/** 0.20, 0.25, ... 0.90, as in multi-task work on PASCAL. A pixel is predicted as salient above the threshold. */
const THRESHOLDS: readonly number[] = Array.from({ length: 15 }, (_, k) => (20 + 5 * k) / 100);

/** Weight of recall against precision, squared (Achanta et al., CVPR 2009). */
const BETA_SQUARED = 0.3;

/**
 * maxF and maxJaccard. With precision P_i(t), recall R_i(t) and Jaccard index J_i(t) of image i at threshold t:
 *   P = mean_i P_i, R = mean_i R_i, maxF = max_t (1 + b) P R / (b P + R) with b = 0.3
 *   maxJaccard = max_t mean_i J_i
 * An image without a predicted pixel has precision 0, one without a true pixel has recall 0, and one without either has
 * J = 1. An answer that is not finite is wrong at every threshold. Both are NaN where no pixel was labelled.
 */
export class SaliencyScore implements Meter {
  private readonly precision = new Float64Array(THRESHOLDS.length);
  private readonly recall = new Float64Array(THRESHOLDS.length);
  private readonly jaccard = new Float64Array(THRESHOLDS.length);
  private images = 0;

  add({ data: answer }: Raster, { data: label }: Raster): void {
    // True and false positives by the number of thresholds that they exceed.
    const hits = new Float64Array(THRESHOLDS.length + 1);
    const alarms = new Float64Array(THRESHOLDS.length + 1);
    let [truth, labelled] = [0, 0];
    for (let i = 0; i < label.length; i++) {
      if (label[i] !== 0 && label[i] !== 1) continue;
      labelled++;
      const probability = Number.isFinite(answer[i]) ? answer[i] : 1 - label[i];
      let above = 0;
      while (above < THRESHOLDS.length && probability > THRESHOLDS[above]) above++;
      if (label[i] === 1) {
        truth++;
        hits[above]++;
      } else alarms[above]++;
    }
    if (labelled === 0) return;
    this.images++;
    // The same, summed over all numbers from t + 1 up.
    let [right, wrong] = [0, 0];
    for (let t = THRESHOLDS.length - 1; t >= 0; t--) {
      right += hits[t + 1];
      wrong += alarms[t + 1];
      if (right > 0) {
        this.precision[t] += right / (right + wrong);
        this.recall[t] += right / truth;
      }
      this.jaccard[t] += truth + wrong === 0 ? 1 : right / (truth + wrong);
    }
  }

  values(): Record<string, number> {
    if (this.images === 0) return { maxF: Number.NaN, maxJaccard: Number.NaN };
    const scores = THRESHOLDS.map((_, t) => {
      const [p, r] = [this.precision[t] / this.images, this.recall[t] / this.images];
      return p === 0 ? 0 : ((1 + BETA_SQUARED) * p * r) / (BETA_SQUARED * p + r);
    });
    return { maxF: Math.max(...scores), maxJaccard: Math.max(...this.jaccard) / this.images };
  }
}
