import { z } from 'zod';
import {
  constant,
  div,
  equal,
  less,
  logSoftmax,
  maximum,
  mul,
  softmax,
  sub,
  sum,
  type Tensor,
  where,
} from '../engine/index.js';
import { BLACK, paint, palette } from './colours.js';
import { argmax, ConfusionMatrix } from './confusion.js';
import { atSizeOf, meanOver } from './masked.js';
import type { Raster } from './raster.js';
import { defineTask } from './settings.js';
import type { Meter } from './task.js';

const UNLABELLED = 255;
const channel = z.int().min(0).max(255);

const settings = z
  .strictObject({
    kind: z.literal('segmentation'),
    classes: z
      .array(z.string().min(1))
      .min(2)
      .max(UNLABELLED)
      .describe('Names of the classes; the label of the first is 0'),
    colours: z
      .array(z.tuple([channel, channel, channel]).readonly())
      .optional()
      .describe('Red, green, blue of each class, 0..255; distinct colours are chosen where it is left out'),
    classWeights: z
      .array(z.number().positive())
      .optional()
      .describe('Weight of each class in the loss, so that rare ones count; all alike where it is left out'),
  })
  .refine(({ classes }) => new Set(classes).size === classes.length, {
    path: ['classes'],
    message: 'expected names that differ from each other',
  })
  .refine(({ classes, colours }) => !colours || colours.length === classes.length, {
    path: ['colours'],
    message: 'expected as many colours as classes',
  })
  .refine(({ classes, classWeights }) => !classWeights || classWeights.length === classes.length, {
    path: ['classWeights'],
    message: 'expected as many weights as classes',
  });

/** Semantic segmentation: which class each pixel shows. Labels from the number of classes up (255) are unlabelled. */
export const segmentation = defineTask(
  settings,
  (name, { kind, classes, classWeights, colours = palette(classes.length) }) => ({
    name,
    kind,
    channels: classes.length,
    label: { dtype: 'uint8', channels: 1, unlabelled: UNLABELLED },
    metrics: [
      { name: 'mIoU', unit: '%', better: 'higher', main: true },
      { name: 'pixelAccuracy', unit: '%', better: 'higher' },
    ],
    legend: classes.map((label, i) => ({ label, colour: colours[i] })),
    describe: { classes, colours, answer: 'probability of each class' },

    // loss = -sum_{p in V} w(l_p) log softmax(logits)_{l_p} / sum_{p in V} w(l_p), l the label, V the labelled pixels,
    // at the resolution of the logits; the plain mean where all weights are 1
    loss(logits, label) {
      const truth = atSizeOf(logits, label); // [N, 1, h, w]
      const perClass = (values: Iterable<number>) => constant(Float32Array.from(values), [1, classes.length, 1, 1]);
      const ofTruth = (values: Tensor) => where(equal(truth, perClass(classes.keys())), values, 0); // [N, K, h, w]
      const scores = logSoftmax(logits, 1);
      // Not neg: 0 is to stay 0 and not become -0.
      if (!classWeights) return sub(0, meanOver(ofTruth(scores), less(truth, classes.length)));
      const weights = perClass(classWeights);
      // Where nothing is labelled both sums are 0, and the smallest weight keeps the quotient 0 as well.
      const total = maximum(sum(ofTruth(weights)), Math.min(...classWeights));
      return sub(0, div(sum(ofTruth(mul(scores, weights))), total));
    },

    answer: (logits) => softmax(logits, 1),
    meter: () => new SegmentationMeter(classes),
    raw: ({ data, channels }) => ({ unit: 'classes', data: Uint8Array.from(argmax(data, channels)) }),

    picture({ channels, height, width, data }) {
      const index = channels === 1 ? data : argmax(data, channels);
      return paint(width, height, (pixel) => colours[index[pixel]] ?? BLACK);
    },
  }),
);

class SegmentationMeter implements Meter {
  private readonly confusion: ConfusionMatrix;

  constructor(private readonly classes: readonly string[]) {
    this.confusion = new ConfusionMatrix(classes.length);
  }

  add(answer: Raster, label: Raster): void {
    this.confusion.add(argmax(answer.data, answer.channels), label.data);
  }

  values(): Record<string, number> {
    return { mIoU: this.confusion.meanIou(), pixelAccuracy: this.confusion.pixelAccuracy() };
  }

  perClass(): Record<string, number> {
    const iou = this.confusion.iou();
    return Object.fromEntries(this.classes.map((label, i) => [label, iou[i]]));
  }
}
