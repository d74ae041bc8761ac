/** Statistics of angles between vectors, for the metrics of surface normals. */
const BINS_PER_DEGREE = 100;
const DEGREES = 180 / Math.PI;

/** The thresholds that are usual for normals: the share of pixels whose error is at most this many degrees. */
export const THRESHOLDS_DEGREES = [11.25, 22.5, 30] as const;

/**
 * Angles between predicted and true vectors, pooled over any number of images. Mean, RMSE and shares are exact; the
 * median comes from a histogram with bins of 0.01 degrees, so its error is at most 0.005 degrees.
 */
export class AngleStatistics {
  private count = 0;
  private sum = 0;
  private sumOfSquares = 0;
  private readonly within = THRESHOLDS_DEGREES.map(() => 0);
  private readonly histogram = new Float64Array(180 * BINS_PER_DEGREE + 1);

  /**
   * Adds one image. Vectors may have any length. Pixels whose true vector is zero are unlabelled and left out, as are
   * those whose true vector is not finite. An answer of zero has no direction and counts as an error of 90 degrees, one
   * that is not finite as 180 degrees, the largest possible error.
   * @param answer [3, pixels]
   * @param truth [3, pixels]
   */
  add(answer: ArrayLike<number>, truth: ArrayLike<number>): void {
    const pixels = truth.length / 3;
    for (let i = 0; i < pixels; i++) {
      const [tx, ty, tz] = [truth[i], truth[i + pixels], truth[i + 2 * pixels]];
      const truthSquared = tx * tx + ty * ty + tz * tz;
      if (!(truthSquared > 0 && truthSquared < Number.POSITIVE_INFINITY)) continue;
      const [x, y, z] = [answer[i], answer[i + pixels], answer[i + 2 * pixels]];
      const length = Math.sqrt(truthSquared * (x * x + y * y + z * z));
      let cosine = length > 0 ? (x * tx + y * ty + z * tz) / length : 0;
      if (!Number.isFinite(length)) cosine = -1;
      this.addDegrees(Math.acos(Math.min(Math.max(cosine, -1), 1)) * DEGREES);
    }
  }

  private addDegrees(degrees: number): void {
    this.count++;
    this.sum += degrees;
    this.sumOfSquares += degrees * degrees;
    for (let i = 0; i < this.within.length; i++) if (degrees <= THRESHOLDS_DEGREES[i]) this.within[i]++;
    this.histogram[Math.floor(degrees * BINS_PER_DEGREE)]++;
  }

  /** NaN where no pixel was labelled. */
  meanDegrees(): number {
    return this.sum / this.count;
  }

  /** NaN where no pixel was labelled. */
  rmseDegrees(): number {
    return Math.sqrt(this.sumOfSquares / this.count);
  }

  /** The lower median of an even count. NaN where no pixel was labelled. */
  medianDegrees(): number {
    if (this.count === 0) return Number.NaN;
    let [bin, below] = [0, this.histogram[0]];
    while (below < this.count / 2) below += this.histogram[++bin];
    return (bin + 0.5) / BINS_PER_DEGREE;
  }

  /** Share of pixels within each of `THRESHOLDS_DEGREES`, 0..1. */
  shares(): number[] {
    return this.within.map((n) => n / this.count);
  }
}
