/** Tasks that ask for the class of each pixel: segmentation and parts. */
import * as z from 'zod';
import { BLACK, paint, palette } from '../drawing/colours.js';
import { softmax } from '../engine/index.js';
import { classLoss, classLossSettings } from './class-losses.js';
import { classNames, classWeights, mostProbable, resolvedWeights, sameLength } from './classes.js';
import { argmax, ConfusionMatrix } from './confusion.js';
import type { Raster } from './raster.js';
import { defineTask, type TaskDefinition } from './settings.js';
import type { Meter } from './task.js';

const UNLABELLED = 255;
const channel = z.int().min(0).max(255);

const settingsOf = (kind: string) =>
  z
    .strictObject({
      kind: z.literal(kind),
      classes: classNames(UNLABELLED),
      colours: z
        .array(z.tuple([channel, channel, channel]).readonly())
        .optional()
        .describe('Red, green and blue of each class, 0 to 255. By default distinct colours'),
      classWeights,
      ...classLossSettings,
    })
    .refine(...sameLength('colours', 'classes', 'expected as many colours as classes'))
    .refine(...sameLength('classWeights', 'classes', 'expected as many weights as classes'));

/**
 * Defines a kind of task that asks which of some classes each pixel shows. Labels from the number of classes up are
 * unlabelled.
 * @param of name of the kind
 * @param taughtBy kinds of labels that can train it; its own by default
 */
export const classMap = (of: string, taughtBy?: readonly string[]): TaskDefinition =>
  defineTask(
    settingsOf(of),
    (name, { kind, classes, classWeights: weights, colours = palette(classes.length), ...loss }) => ({
      name,
      kind,
      level: 'pixel',
      channels: classes.length,
      label: { dtype: 'uint8', channels: 1, unlabelled: UNLABELLED },
      metrics: [
        { name: 'mIoU', unit: '%', better: 'higher', main: true },
        { name: 'pixelAccuracy', unit: '%', better: 'higher' },
      ],
      legend: classes.map((label, i) => ({ label, colour: colours[i] })),
      describe: { classes, colours, answer: 'probability of each class' },
      loss: (logits, label) => classLoss(logits, label, loss, resolvedWeights(name, weights)),
      answer: (logits) => softmax(logits, 1),
      decide: mostProbable,
      meter: () => new ClassMapMeter(classes),
      raw: ({ data, channels }) => ({ unit: 'classes', data: Uint8Array.from(argmax(data, channels)) }),

      picture({ channels, height, width, data }) {
        const index = channels === 1 ? data : argmax(data, channels);
        return paint(width, height, (pixel) => colours[index[pixel]] ?? BLACK);
      },
    }),
    taughtBy,
  );

class ClassMapMeter implements Meter {
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
