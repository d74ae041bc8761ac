/**
 * Errors of depth over labelled pixels, pooled over any number of images (Eigen et al., NeurIPS 2014). All are NaN
 * where no pixel was labelled.
 */
export class DepthErrors {
  private count = 0;
  private squares = 0;
  private logSquares = 0;
  private relative = 0;
  private readonly within = [0, 0, 0];

  /**
   * Adds one image. Truths that are 0, negative or not finite are unlabelled. An answer that is 0, negative or not
   * finite is no depth: it lies within none of the bounds of `deltas`, and it makes `logRmse` NaN; one that is not
   * finite makes the other means NaN as well.
   * @param answer metres, [pixels]
   * @param truth metres, [pixels]
   */
  add(answer: ArrayLike<number>, truth: ArrayLike<number>): void {
    for (let i = 0; i < truth.length; i++) {
      const t = truth[i];
      if (!(t > 0 && t < Number.POSITIVE_INFINITY)) continue;
      const d = Number.isFinite(answer[i]) ? answer[i] : Number.NaN;
      const logRatio = d > 0 ? Math.log(d / t) : Number.NaN;
      const ratio = d > 0 ? Math.max(d / t, t / d) : Number.POSITIVE_INFINITY;
      this.count++;
      this.squares += (d - t) * (d - t);
      this.logSquares += logRatio * logRatio;
      this.relative += Math.abs(d - t) / t;
      if (ratio < 1.25) this.within[0]++;
      if (ratio < 1.25 ** 2) this.within[1]++;
      if (ratio < 1.25 ** 3) this.within[2]++;
    }
  }

  rmseMetres(): number {
    return Math.sqrt(this.squares / this.count);
  }

  /** Root of the mean squared difference of natural logarithms. */
  logRmse(): number {
    return Math.sqrt(this.logSquares / this.count);
  }

  /** Mean of |answer - truth| / truth. */
  absoluteRelative(): number {
    return this.relative / this.count;
  }

  /** Shares of pixels with max(answer / truth, truth / answer) < 1.25, 1.25^2, 1.25^3. */
  deltas(): number[] {
    return this.within.map((n) => n / this.count);
  }
}
