/** Losses of class maps: cross entropy, and two that look at hard pixels more. */
import { z } from 'zod';
import {
  cast,
  exp,
  less,
  log,
  logicalAnd,
  logSoftmax,
  maximum,
  mul,
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
 * The loss of a class map, w(l) the weight of class l (1 where none are given), p the softmax's share of the label l.
 * focal: -sum w(l) (1 - p)^gamma log p / sum w(l), over labelled pixels (Lin et al., ICCV 2017).
 * ohem: -sum_{p < threshold} w(l) log p / max(sum_{p < threshold} w(l), share sum w(l)): hard pixels by the threshold
 * alone. (Programs with a least number of pixels take the hardest of the others to fill it up, which are left out here.)
 * @param logits [N, K, h, w]
 * @param truth [N, 1, h, w]; from K up is unlabelled
 */
export function classLoss(logits: Tensor, truth: Tensor, how: ClassLoss, weights?: readonly number[]): LossSum {
  if (how.loss === 'cross-entropy') return crossEntropy(logits, truth, weights);
  const count = logits.shape[1];
  const isTruth = isTrueClass(truth, count);
  const ofTruth = (values: Tensor) => sum(where(isTruth, values, 0), [1], true); // [N, 1, h, w], 0 where unlabelled
  const logP = ofTruth(logSoftmax(logits, 1));
  const labelled = less(truth, count);
  const weight = weights ? ofTruth(perClass(weights)) : cast(labelled, 'float32');
  const cost = mul(weight, logP);
  if (how.loss === 'focal') {
    // The power's slope is infinite at p = 1 where gamma is below 1.
    const easy = log(maximum(sub(1, exp(logP)), 1e-6));
    return { sum: sub(0, sum(mul(exp(mul(easy, how.focalGamma)), cost))), count: sum(weight) };
  }
  const hard = logicalAnd(labelled, less(logP, Math.log(how.ohemThreshold)));
  return {
    sum: sub(0, sum(where(hard, cost, 0))),
    count: maximum(sum(where(hard, weight, 0)), mul(sum(weight), how.ohemShare)),
  };
}
