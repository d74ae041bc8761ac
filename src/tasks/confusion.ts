/** The confusion matrix, from which the metrics of classes are computed. */

/** The answer of `argmax` where a score is NaN or infinite: no class, which is wrong whatever the truth. */
export const NO_CLASS = 255;

/** Counts of pixels by true and predicted class, over any number of images. */
export class ConfusionMatrix {
  /** `counts[truth * classes + predicted]` */
  readonly counts: Float64Array;
  /** Labelled pixels without an answer. They count as a false prediction of every class. */
  private unanswered = 0;

  constructor(readonly classes: number) {
    this.counts = new Float64Array(classes * classes);
  }

  /** Adds one image, [pixels] each. Labels that are no class, such as 255, are unlabelled and left out. */
  add(predicted: Uint8Array, truth: ArrayLike<number>): void {
    const { classes, counts } = this;
    for (let i = 0; i < predicted.length; i++) {
      const label = truth[i];
      if (!(label >= 0 && label < classes)) continue;
      if (predicted[i] < classes) counts[label * classes + predicted[i]]++;
      else this.unanswered++;
    }
  }

  /** Correct pixels over labelled pixels; NaN where there is none. */
  pixelAccuracy(): number {
    let [correct, all] = [0, this.unanswered];
    for (let i = 0; i < this.counts.length; i++) {
      all += this.counts[i];
      if (i % (this.classes + 1) === 0) correct += this.counts[i];
    }
    return correct / all;
  }

  /**
   * IoU = hits / (truth + predicted - hits) of each class; NaN for a class that occurs in neither truth nor answers.
   */
  iou(): Float64Array {
    const { classes, counts, unanswered } = this;
    return Float64Array.from({ length: classes }, (_, c) => {
      let union = unanswered - counts[c * classes + c];
      for (let other = 0; other < classes; other++) union += counts[c * classes + other] + counts[other * classes + c];
      return counts[c * classes + c] / union;
    });
  }

  /** Mean IoU over the classes that occur in truth or answers. */
  meanIou(): number {
    const present = this.iou().filter((v) => !Number.isNaN(v));
    return present.reduce((sum, v) => sum + v, 0) / present.length;
  }
}

/**
 * The class of the greatest score at each pixel, the lowest of equal ones; NO_CLASS where a score is not finite.
 * @param scores [classes, pixels]
 */
export function argmax(scores: ArrayLike<number>, classes: number): Uint8Array {
  const pixels = scores.length / classes;
  const best = new Float32Array(pixels).fill(Number.NEGATIVE_INFINITY);
  const winner = new Uint8Array(pixels);
  for (let c = 0, i = 0; c < classes; c++) {
    for (let p = 0; p < pixels; p++, i++) {
      if (!Number.isFinite(scores[i])) {
        best[p] = Number.POSITIVE_INFINITY;
        winner[p] = NO_CLASS;
      } else if (scores[i] > best[p]) {
        best[p] = scores[i];
        winner[p] = c;
      }
    }
  }
  return winner;
}
