import * as z from 'zod';
import { BLACK, GREY, WHITE } from '../drawing/colours.js';
import { cast, equal, less, maximum, sigmoid, sub, sum, type Tensor } from '../engine/index.js';
import { atLeastHalf, binaryCrossEntropy, greyPicture, percent, UNLABELLED } from './binary.js';
import { maskedSum } from './masked.js';
import { SaliencyScore } from './saliency-score.js';
import { defineTask } from './settings.js';

const settings = z.strictObject({ kind: z.literal('saliency') });

/** Saliency: whether a pixel belongs to an object that draws attention. Labels are 0 or 1, and 255 where unlabelled. */
export const saliency = defineTask(settings, (name, { kind }) => ({
  name,
  kind,
  level: 'pixel',
  channels: 1,
  label: { dtype: 'uint8', channels: 1, unlabelled: UNLABELLED },
  metrics: [
    { name: 'maxF', unit: '%', better: 'higher', main: true },
    { name: 'maxJaccard', unit: '%', better: 'higher' },
  ],
  legend: [
    { label: 'salient', colour: WHITE },
    { label: 'not salient', colour: BLACK },
    { label: 'unlabelled', colour: GREY },
  ],
  describe: { answer: 'probability of being salient' },

  // loss = 1/|V| sum_{p in V} w(y) softplus((1 - 2 y) x), with x the logit and y the label at p, V the labelled pixels,
  // w(1) the part of V with y = 0, and w(0) = 1 - w(1). So both classes have the same total weight (Xie and Tu, ICCV
  // 2015; over a batch as in Vandenhende et al., TPAMI 2021). The loss is 0 where a batch has labels of one class only.
  loss(logits, truth) {
    const count = (value: number): Tensor => sum(cast(equal(truth, value), 'float32'));
    const [negative, positive] = [count(0), count(1)];
    const positiveWeight = negative.over(maximum(negative.plus(positive), 1)); // []
    const weight = truth.times(positiveWeight.times(2).minus(1)).plus(sub(1, positiveWeight));
    return maskedSum(weight.times(binaryCrossEntropy(logits, truth)), less(truth, UNLABELLED));
  },

  answer: (logits) => sigmoid(logits),
  decide: atLeastHalf,
  meter: () => new SaliencyScore(),
  raw: percent,
  picture: greyPicture,
}));
