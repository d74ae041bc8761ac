import * as z from 'zod';
import { drawCard } from '../drawing/card.js';
import { less, sigmoid } from '../engine/index.js';
import { descending, percentText, UNLABELLED_WORDS } from './answer-words.js';
import { averagePrecision } from './average-precision.js';
import { atLeastHalf, binaryCrossEntropy, UNLABELLED } from './binary.js';
import { classNames } from './classes.js';
import { maskedSum } from './masked.js';
import type { Raster } from './raster.js';
import { defineTask } from './settings.js';
import type { AnswerWords, Meter } from './task.js';

const settings = z.strictObject({
  kind: z.literal('multilabel'),
  classes: classNames(65535).describe('Names of what an image may show, one channel of the label for each'),
});

/** Multi-label classification: which of several things an image shows. Labels are 0 or 1 each, 255 where unknown. */
export const multilabel = defineTask(settings, (name, { kind, classes }) => {
  const inWords = ({ data }: Raster): AnswerWords => {
    if (data instanceof Uint8Array) return truthInWords(data, classes);
    return {
      value: {
        classes: classes.filter((_, c) => data[c] >= 0.5),
        probabilities: Object.fromEntries(classes.map((label, c) => [label, data[c]])),
      },
      lines: descending(data).map((c) => ({ text: classes[c], note: percentText(data[c]), bar: data[c] })),
    };
  };
  return {
    name,
    kind,
    level: 'image',
    channels: classes.length,
    label: { dtype: 'uint8', channels: classes.length, unlabelled: UNLABELLED },
    metrics: [{ name: 'mAP', unit: '%', better: 'higher', main: true }],
    legend: [],
    describe: { classes, answer: 'probability of each, on its own' },
    // loss = 1/|V| sum_{(i, c) in V} softplus((1 - 2 y) x), with x the logit and y the label of class c in image i, and
    // V the known labels
    loss: (logits, label) => maskedSum(binaryCrossEntropy(logits, label), less(label, UNLABELLED)),
    answer: (logits) => sigmoid(logits),
    decide: atLeastHalf,
    meter: () => new MultilabelMeter(classes),
    picture: (map, size) => drawCard(inWords(map).lines, size),
    inWords,
  };
});

function truthInWords(data: Uint8Array, classes: readonly string[]): AnswerWords {
  const ofValue = (value: number) => classes.filter((_, c) => data[c] === value);
  const [shown, unknown] = [ofValue(1), ofValue(UNLABELLED)];
  if (unknown.length === classes.length) return UNLABELLED_WORDS;
  const lines = [...shown.map((text) => ({ text })), ...unknown.map((text) => ({ text, note: '?' }))];
  return { value: { classes: shown, unknown }, lines: lines.length > 0 ? lines : [{ text: 'none' }] };
}

class MultilabelMeter implements Meter {
  private readonly known: { readonly scores: number[]; readonly truths: boolean[] }[];

  constructor(private readonly classes: readonly string[]) {
    this.known = classes.map(() => ({ scores: [], truths: [] }));
  }

  add({ data: scores }: Raster, { data: label }: Raster): void {
    for (const [c, known] of this.known.entries()) {
      if (label[c] !== 0 && label[c] !== 1) continue;
      known.scores.push(scores[c]);
      known.truths.push(label[c] === 1);
    }
  }

  values(): Record<string, number> {
    const found = this.precisions().filter((ap) => !Number.isNaN(ap));
    return { mAP: found.reduce((sum, ap) => sum + ap, 0) / found.length };
  }

  perClass(): Record<string, number> {
    const precisions = this.precisions();
    return Object.fromEntries(this.classes.map((label, c) => [label, precisions[c]]));
  }

  private precisions(): number[] {
    return this.known.map(({ scores, truths }) => averagePrecision(scores, truths));
  }
}
