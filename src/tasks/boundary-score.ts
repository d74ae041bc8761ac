/** The metrics of boundaries: ODS, OIS and AP. */
import { countMatches } from './boundary-matching.js';
import { ridges } from './ridges.js';
import { thin } from './thinning.js';

/** Thresholds at k / 100, k = 1..99, as in the BSDS benchmark. */
const THRESHOLDS = 99;

/** In float32, k / 100 may lie a little below the threshold k. Thresholds are lowered by this part of a step. */
const ROUNDING = 1e-4;

/** F = 2 P R / (P + R), with P = matched / predicted and R = matched / truth; 0 where all are 0. */
const fMeasure = (matched: number, predicted: number, truth: number): number =>
  matched === 0 ? 0 : (2 * matched) / (predicted + truth);

/**
 * The ridges of an answer, which are compared with the truth: one pixel wide, at least as high as the lowest threshold.
 * @param answer probability of a boundary at each pixel; one that is not finite counts as 0
 */
export function scoredRidges(answer: ArrayLike<number>, width: number, height: number): Float32Array {
  const finite = Float32Array.from(answer, (p) => (Number.isFinite(p) ? p : 0));
  return ridges(finite, width, height, (1 - ROUNDING) / (THRESHOLDS + 1));
}

/**
 * Scores of boundary detection over any number of images, as in the BSDS benchmark (Martin et al., TPAMI 2004; Arbelaez
 * et al., TPAMI 2011), with these differences:
 * - an image has one truth, which is thinned as the answers are;
 * - answers are reduced to thin ridges once, and not again at each threshold;
 * - the best threshold is one of the 99, without interpolation between them;
 * - predictions on unlabelled pixels are ignored;
 * - average precision extends to recall 0 with the precision of the highest threshold that predicts anything.
 */
export class BoundaryScore {
  private readonly matched = new Float64Array(THRESHOLDS);
  private readonly predicted = new Float64Array(THRESHOLDS);
  private truth = 0;
  /** Sums over images of matched and predicted pixels, each image at its own best threshold. */
  private readonly best = { matched: 0, predicted: 0 };

  /**
   * Adds one image.
   * @param answer probability of a boundary at each pixel. One that is not finite is wrong at every threshold: it
   *   predicts a boundary where there is none, and none where there is one
   * @param label 0 or 1; any other value is unlabelled
   */
  add(answer: ArrayLike<number>, label: ArrayLike<number>, width: number, height: number): void {
    const truth = Uint8Array.from(label, (v) => (v === 1 ? 1 : 0));
    thin(truth, width, height);
    let truePixels = 0;
    for (let i = 0; i < truth.length; i++) truePixels += truth[i];

    const lines = scoredRidges(answer, width, height);
    const level = new Uint8Array(truth.length);
    const predicted = new Float64Array(THRESHOLDS);
    for (let i = 0; i < level.length; i++) {
      if (label[i] === 0 && !Number.isFinite(answer[i])) predicted[THRESHOLDS - 1]++;
      if (lines[i] === 0 || (label[i] !== 0 && label[i] !== 1)) continue;
      level[i] = Math.min(Math.floor(lines[i] * (THRESHOLDS + 1) + ROUNDING), THRESHOLDS);
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
