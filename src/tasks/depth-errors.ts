/** Errors of depth over labelled pixels, pooled over any number of images (Eigen et al., NeurIPS 2014). */
export class DepthErrors {
  private count = 0;
  private squares = 0;
  private logSquares = 0;
  private relative = 0;
  private readonly within = [0, 0, 0];

  /** Counts one image; both in metres, answers positive, truth 0 where unlabelled. */
  add(answer: ArrayLike<number>, truth: ArrayLike<number>): void {
    for (let i = 0; i < truth.length; i++) {
      const [d, t] = [answer[i], truth[i]];
      if (!(t > 0)) continue;
      const logRatio = Math.log(d / t);
      const ratio = Math.max(d / t, t / d);
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
