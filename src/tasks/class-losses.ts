/** Losses of class maps: cross entropy, and two that emphasise hard pixels. */
import * as z from 'zod';
import {
  cast,
  exp,
  less,
  log,
  logicalAnd,
  logSoftmax,
  maximum,
  sub,
  sum,
  type Tensor,
  where,
} from '../engine/index.js';
import { crossEntropy, isTrueClass, perClass } from './classes.js';
import type { LossSum } from './task.js';

/** Settings of a class map's loss. */
export const classLossSettings = {
  loss: z
    .enum(['cross-entropy', 'focal', 'ohem'])
    .default('cross-entropy')
    .describe(
      'Loss, with p the probability of the true class. "cross-entropy": -log p. "focal": this times ' +
        '(1 - p)^focalGamma. "ohem": -log p over hard pixels only, those with p below ohemThreshold',
    ),
  focalGamma: z
    .number()
    .min(0)
    .default(2)
    .describe('Exponent of loss "focal". The higher it is, the less a pixel counts whose answer is good'),
  ohemThreshold: z
    .number()
    .gt(0)
    .max(1)
    .default(0.7)
    .describe('Probability of the true class below which loss "ohem" takes a pixel as hard'),
  ohemShare: z
    .number()
    .min(0)
    .max(1)
    .default(1 / 16)
    .describe(
      'Least share of the labelled pixels by which loss "ohem" divides. It divides the sum over hard pixels by their ' +
        'number, or by this share if fewer are hard, so that a few hard pixels do not make large steps',
    ),
};

export interface ClassLoss {
  readonly loss: 'cross-entropy' | 'focal' | 'ohem';
  readonly focalGamma: number;
  readonly ohemThreshold: number;
  readonly ohemShare: number;
}

/**
 * The loss of a class map. With p the predicted probability of the true class, w its weight (1 by default), and sums
 * over the labelled pixels:
 *   cross entropy: -sum w log p / sum w
 *   focal: -sum w (1 - p)^gamma log p / sum w (Lin et al., ICCV 2017)
 *   ohem: -sum_{p < threshold} w log p / max(sum_{p < threshold} w, share sum w). Pixels are hard by the threshold
 *   alone.
 *   (Other programs have a least number of hard pixels and fill it up with the hardest of the rest.)
 * @param logits [N, K, h, w]
 * @param truth [N, 1, h, w]; values from K up are unlabelled
 * @param settings which loss, and its parameters
 */
export function classLoss(logits: Tensor, truth: Tensor, settings: ClassLoss, weights?: readonly number[]): LossSum {
  if (settings.loss === 'cross-entropy') return crossEntropy(logits, truth, weights);
  const count = logits.shape[1];
  const isTruth = isTrueClass(truth, count);
  const ofTruth = (values: Tensor) => sum(where(isTruth, values, 0), [1], true); // [N, 1, h, w], 0 where unlabelled
  const logP = ofTruth(logSoftmax(logits, 1));
  const labelled = less(truth, count);
  const weight = weights ? ofTruth(perClass(weights)) : cast(labelled, 'float32');
  const cost = weight.times(logP);
  if (settings.loss === 'focal') {
    // (1 - p)^gamma = exp(gamma log(1 - p)). The bound keeps its derivative finite at p = 1, where gamma < 1.
    const logRest = log(maximum(sub(1, exp(logP)), 1e-6));
    const focal = exp(logRest.times(settings.focalGamma)).times(cost);
    return { sum: sub(0, sum(focal)), count: sum(weight) };
  }
  const hard = logicalAnd(labelled, less(logP, Math.log(settings.ohemThreshold)));
  return {
    sum: sub(0, sum(where(hard, cost, 0))),
    count: maximum(sum(where(hard, weight, 0)), sum(weight).times(settings.ohemShare)),
  };
}
