import { countMatches } from './boundary-matching.js';
import { ridges } from './ridges.js';
import { thin } from './thinning.js';

/** Thresholds at k / 100, k = 1..99, as in the BSDS benchmark. */
export const THRESHOLDS = 99;

/** F = 2 P R / (P + R), with P = matched / predicted and R = matched / truth; 0 where all are 0. */
const fMeasure = (matched: number, predicted: number, truth: number): number =>
  matched === 0 ? 0 : (2 * matched) / (predicted + truth);

/**
 * Boundary detection scored over any number of images as in the BSDS benchmark (Martin et al., TPAMI 2004; Arbelaez
 * et al., TPAMI 2011), with these differences: one truth an image; the truth is thinned too; answers are suppressed
 * and thinned once and not again at each threshold; the best threshold is one of the 99 and not interpolated between
 * them; predictions on unlabelled pixels count neither for nor against; and average precision reaches down to recall 0
 * at the precision of the highest threshold that predicts anything.
 */
export class BoundaryScore {
  private readonly matched = new Float64Array(THRESHOLDS);
  private readonly predicted = new Float64Array(THRESHOLDS);
  private truth = 0;
  /** Matched and predicted pixels summed over images, each at its own best threshold. */
  private readonly best = { matched: 0, predicted: 0 };

  /**
   * Counts one image.
   * @param answer probability of a boundary at each pixel; one that is not finite is wrong at every threshold: a
   *   boundary where there is none, and none where there is one
   * @param label 0 or 1; all else is unlabelled
   */
  add(answer: ArrayLike<number>, label: ArrayLike<number>, width: number, height: number): void {
    const truth = Uint8Array.from(label, (v) => (v === 1 ? 1 : 0));
    thin(truth, width, height);
    let truePixels = 0;
    for (let i = 0; i < truth.length; i++) truePixels += truth[i];

    const finite = Float32Array.from(answer, (p) => (Number.isFinite(p) ? p : 0));
    const lines = ridges(finite, width, height, 1 / (THRESHOLDS + 1));
    const level = new Uint8Array(truth.length);
    const predicted = new Float64Array(THRESHOLDS);
    for (let i = 0; i < level.length; i++) {
      if (label[i] === 0 && !Number.isFinite(answer[i])) predicted[THRESHOLDS - 1]++;
      if (lines[i] === 0 || (label[i] !== 0 && label[i] !== 1)) continue;
      // float32 rounds k / 100 down as often as up.
      level[i] = Math.min(Math.floor(lines[i] * (THRESHOLDS + 1) + 1e-4), THRESHOLDS);
      predicted[level[i] - 1]++;
    }
    for (let k = THRESHOLDS - 2; k >= 0; k--) predicted[k] += predicted[k + 1];
    this.count(countMatches(level, truth, width, height, THRESHOLDS), predicted, truePixels);
  }

  private count(matched: Float64Array, predicted: Float64Array, truth: number): void {
    let best = THRESHOLDS - 1;
    const f = (k: number) => fMeasure(matched[k], predicted[k], truth);
    for (let k = THRESHOLDS - 1; k >= 0; k--) {
      this.matched[k] += matched[k];
      this.predicted[k] += predicted[k];
      if (f(k) > f(best)) best = k;
    }
    this.truth += truth;
    this.best.matched += matched[best];
    this.best.predicted += predicted[best];
  }

  /** The F-measure at the threshold that is best for the whole set. NaN where no boundary was labelled. */
  odsF(): number {
    if (this.truth === 0) return Number.NaN;
    return Math.max(...this.matched.map((m, k) => fMeasure(m, this.predicted[k], this.truth)));
  }

  /** The F-measure where each image takes its own best threshold. NaN where no boundary was labelled. */
  oisF(): number {
    if (this.truth === 0) return Number.NaN;
    return fMeasure(this.best.matched, this.best.predicted, this.truth);
  }

  /** The area under precision over recall, by trapezoids between thresholds. NaN where no boundary was labelled. */
  averagePrecision(): number {
    if (this.truth === 0) return Number.NaN;
    let [area, lastRecall, lastPrecision] = [0, 0, Number.NaN];
    for (let k = THRESHOLDS - 1; k >= 0; k--) {
      if (this.predicted[k] === 0) continue;
      const [recall, precision] = [this.matched[k] / this.truth, this.matched[k] / this.predicted[k]];
      if (Number.isNaN(lastPrecision)) lastPrecision = precision;
      area += ((recall - lastRecall) * (precision + lastPrecision)) / 2;
      [lastRecall, lastPrecision] = [recall, precision];
    }
    return area;
  }
}
