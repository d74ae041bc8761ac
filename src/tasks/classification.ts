import * as z from 'zod';
import { drawCard } from '../drawing/card.js';
import { softmax } from '../engine/index.js';
import { descending, percentText, UNLABELLED_WORDS } from './answer-words.js';
import { classNames, classWeights, crossEntropy, mostProbable, resolvedWeights, sameLength } from './classes.js';
import type { Raster } from './raster.js';
import { defineTask } from './settings.js';
import type { AnswerWords, Meter } from './task.js';

/** Of so many classes or fewer, the true one is always among the five most probable: `top5` tells nothing. */
const FEW = 5;

/** Greater than the number of any class, and exact in float32. */
const UNLABELLED = 65535;

const settings = z
  .strictObject({ kind: z.literal('classification'), classes: classNames(UNLABELLED), classWeights })
  .refine(...sameLength('classWeights', 'classes', 'expected as many weights as classes'));

/**
 * Image classification: which one of some classes an image shows. Labels from the number of classes up are unlabelled.
 */
export const classification = defineTask(settings, (name, { kind, classes, classWeights: weights }) => {
  const inWords = ({ channels, data }: Raster): AnswerWords => {
    if (channels === 1) {
      const truth = classes[data[0]];
      return truth === undefined ? UNLABELLED_WORDS : { value: { class: truth }, lines: [{ text: truth }] };
    }
    const order = descending(data);
    return {
      value: {
        class: classes[order[0]],
        probabilities: Object.fromEntries(classes.map((label, c) => [label, data[c]])),
      },
      lines: order.map((c) => ({ text: classes[c], note: percentText(data[c]), bar: data[c] })),
    };
  };
  return {
    name,
    kind,
    level: 'image',
    channels: classes.length,
    label: { dtype: 'float32', channels: 1, unlabelled: UNLABELLED },
    metrics: [
      { name: 'top1', unit: '%', better: 'higher', main: true },
      ...(classes.length > FEW ? [{ name: 'top5', unit: '%', better: 'higher' } as const] : []),
      { name: 'balancedAccuracy', unit: '%', better: 'higher' },
    ],
    legend: [],
    describe: { classes, answer: 'probability of each class' },
    // The mean over the labelled images of the batch.
    loss: (logits, label) => crossEntropy(logits, label, resolvedWeights(name, weights)),
    answer: (logits) => softmax(logits, 1),
    decide: mostProbable,
    meter: () => new ClassificationMeter(classes),
    picture: (map, size) => drawCard(inWords(map).lines, size),
    inWords,
  };
});

class ClassificationMeter implements Meter {
  /** Labelled images by class, and how many of them were answered right. */
  private readonly images: Float64Array;
  private readonly first: Float64Array;
  /** Images whose class was among the five most probable. */
  private amongFive = 0;

  constructor(private readonly classes: readonly string[]) {
    this.images = new Float64Array(classes.length);
    this.first = new Float64Array(classes.length);
  }

  add({ data: scores }: Raster, { data: [truth] }: Raster): void {
    if (!(truth >= 0 && truth < this.classes.length)) return;
    // Of equal scores the lower class comes first. Where a score is not finite, the answer counts as wrong.
    let rank = scores.every(Number.isFinite) ? 0 : Number.POSITIVE_INFINITY;
    for (let c = 0; c < scores.length; c++) {
      if (scores[c] > scores[truth] || (scores[c] === scores[truth] && c < truth)) rank++;
    }
    this.images[truth]++;
    if (rank === 0) this.first[truth]++;
    if (rank < FEW) this.amongFive++;
  }

  values(): Record<string, number> {
    const images = this.images.reduce((sum, n) => sum + n, 0);
    const recalls = this.recalls().filter((share) => !Number.isNaN(share));
    return {
      top1: this.first.reduce((sum, n) => sum + n, 0) / images,
      ...(this.classes.length > FEW && { top5: this.amongFive / images }),
      balancedAccuracy: recalls.reduce((sum, share) => sum + share, 0) / recalls.length,
    };
  }

  perClass(): Record<string, number> {
    const recalls = this.recalls();
    return Object.fromEntries(this.classes.map((label, c) => [label, recalls[c]]));
  }

  private recalls(): Float64Array {
    return this.first.map((right, c) => right / this.images[c]);
  }
}
