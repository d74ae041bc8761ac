import * as z from 'zod';
import { BLACK, GREY, WHITE } from '../drawing/colours.js';
import { less, sigmoid } from '../engine/index.js';
import { atLeastHalf, binaryCrossEntropy, greyPicture, percent, UNLABELLED } from './binary.js';
import { redrawBoundaries, resizeBoundaries } from './boundary-resize.js';
import { BoundaryScore, scoredRidges } from './boundary-score.js';
import { maskedSum } from './masked.js';
import type { Raster } from './raster.js';
import { defineTask } from './settings.js';
import type { Meter } from './task.js';

const settings = z.strictObject({
  kind: z.literal('boundaries'),
  positiveWeight: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.95)
    .describe('Weight of boundary pixels in the loss. With w, other pixels have the weight 1 - w'),
});

/** Boundary detection: whether a pixel lies on a boundary. Labels are 0 or 1, and 255 where unlabelled. */
export const boundaries = defineTask(settings, (name, { kind, positiveWeight }) => ({
  name,
  kind,
  level: 'pixel',
  channels: 1,
  label: { dtype: 'uint8', channels: 1, unlabelled: UNLABELLED, resize: resizeBoundaries, redraw: redrawBoundaries },
  metrics: [
    { name: 'odsF', unit: '', better: 'higher', main: true },
    { name: 'oisF', unit: '', better: 'higher' },
    { name: 'ap', unit: '', better: 'higher' },
  ],
  legend: [
    { label: 'boundary', colour: WHITE },
    { label: 'none', colour: BLACK },
    { label: 'unlabelled', colour: GREY },
  ],
  describe: { answer: 'probability of a boundary' },

  // Balanced cross entropy (Xie and Tu, ICCV 2015) with a fixed weight:
  // loss = 1/|V| sum_{p in V} w(y) softplus((1 - 2 y) x), with x the logit and y the label at p, V the labelled pixels,
  // w(1) = positiveWeight and w(0) = 1 - positiveWeight.
  lossAt: 'image',
  loss(logits, label) {
    const weight = label.times(2 * positiveWeight - 1).plus(1 - positiveWeight);
    return maskedSum(weight.times(binaryCrossEntropy(logits, label)), less(label, UNLABELLED));
  },

  answer: (logits) => sigmoid(logits),
  decide: atLeastHalf,
  meter: () => new BoundariesMeter(),
  raw: percent,

  picture: greyPicture,
  scored: ({ data, ...size }) => ({ ...size, data: widened(scoredRidges(data, size.width, size.height), size.width) }),
}));

/** Lines two pixels wide, as those of labels: each pixel takes the highest of itself, its left and its upper neighbours. */
function widened(lines: Float32Array, width: number): Float32Array {
  const at = (i: number) => lines[i] ?? 0;
  return lines.map((p, i) => {
    const left = i % width === 0 ? 0 : Math.max(at(i - 1), at(i - 1 - width));
    return Math.max(p, at(i - width), left);
  });
}

class BoundariesMeter implements Meter {
  private readonly score = new BoundaryScore();

  add(answer: Raster, label: Raster): void {
    this.score.add(answer.data, label.data, label.width, label.height);
  }

  values(): Record<string, number> {
    return { odsF: this.score.odsF(), oisF: this.score.oisF(), ap: this.score.averagePrecision() };
  }
}
