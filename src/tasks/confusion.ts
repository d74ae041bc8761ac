/** Counts of pixels by true and predicted class, over any number of images. */
export class ConfusionMatrix {
  /** `counts[truth * classes + predicted]` */
  readonly counts: Float64Array;

  constructor(readonly classes: number) {
    this.counts = new Float64Array(classes * classes);
  }

  /** Counts one image. Labels from `classes` up (such as 255) are unlabelled and left out. */
  add(predicted: Uint8Array, truth: ArrayLike<number>): void {
    const { classes, counts } = this;
    for (let i = 0; i < predicted.length; i++) {
      if (truth[i] < classes) counts[truth[i] * classes + predicted[i]]++;
    }
  }

  /** Correct pixels over labelled pixels; NaN where there is none. */
  pixelAccuracy(): number {
    let [correct, all] = [0, 0];
    for (let i = 0; i < this.counts.length; i++) {
      all += this.counts[i];
      if (i % (this.classes + 1) === 0) correct += this.counts[i];
    }
    return correct / all;
  }

  /** IoU = hits / (truth + predicted - hits) of each class; NaN for a class that neither truth nor answers hold. */
  iou(): Float64Array {
    const { classes, counts } = this;
    return Float64Array.from({ length: classes }, (_, c) => {
      let union = -counts[c * classes + c];
      for (let other = 0; other < classes; other++) union += counts[c * classes + other] + counts[other * classes + c];
      return counts[c * classes + c] / union;
    });
  }

  /** Mean IoU over the classes that truth or answers hold. */
  meanIou(): number {
    const present = this.iou().filter((v) => !Number.isNaN(v));
    return present.reduce((sum, v) => sum + v, 0) / present.length;
  }
}

/** The class of the greatest score at each pixel, the lower one of equals. @param scores [classes, pixels] */
export function argmax(scores: ArrayLike<number>, classes: number): Uint8Array {
  const pixels = scores.length / classes;
  const best = new Float32Array(pixels).fill(Number.NEGATIVE_INFINITY);
  const winner = new Uint8Array(pixels);
  for (let c = 0, i = 0; c < classes; c++) {
    for (let p = 0; p < pixels; p++, i++) {
      if (scores[i] > best[p]) {
        best[p] = scores[i];
        winner[p] = c;
      }
    }
  }
  return winner;
}
