import type { Raster } from './raster.js';
import type { Meter } from './task.js';

/** 0.20, 0.25, ... 0.90: the thresholds of multi-task work on PASCAL. A pixel above one counts as salient. */
export const THRESHOLDS: readonly number[] = Array.from({ length: 15 }, (_, k) => (20 + 5 * k) / 100);

/** Weight of recall against precision, squared (Achanta et al., CVPR 2009). */
const BETA_SQUARED = 0.3;

/**
 * maxF and the greatest mean Jaccard index over thresholds t. Precision P_i, recall R_i and Jaccard index J_i are those
 * of image i and are averaged over images for each t:
 * maxF = max_t (1 + b) P R / (b P + R), b = 0.3, P = mean_i P_i(t), R = mean_i R_i(t); maxJaccard = max_t mean_i J_i(t).
 * An answer that is not finite is wrong at every threshold. An image without a predicted pixel has precision 0, one
 * without a true pixel has recall 0; without both J is 1.
 */
export class SaliencyScore implements Meter {
  private readonly precision = new Float64Array(THRESHOLDS.length);
  private readonly recall = new Float64Array(THRESHOLDS.length);
  private readonly jaccard = new Float64Array(THRESHOLDS.length);
  private images = 0;

  add({ data: answer }: Raster, { data: label }: Raster): void {
    // How many pixels lie above as many thresholds as the index says.
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
