/** Errors of depth over labelled pixels, pooled over any number of images (Eigen et al., NeurIPS 2014). */
export class DepthErrors {
  private count = 0;
  private squares = 0;
  private logSquares = 0;
  private relative = 0;
  private readonly within = [0, 0, 0];

  /**
   * Counts one image; both in metres, truth 0 where unlabelled, as is what is not finite. An answer that is no depth is
   * within no bound: one that is not finite makes all means NaN, since no number is its error, one of 0 or less that of
   * logarithms.
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
