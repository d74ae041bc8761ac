/** Losses of depth that are not plain means over pixels. */
import {
  abs,
  cast,
  greater,
  max,
  maximum,
  minimum,
  square,
  stopGradient,
  sum,
  type Tensor,
  where,
} from '../engine/index.js';
import { maskedSum } from './masked.js';
import type { LossSum } from './task.js';

/** berHu is quadratic above this part of the largest error of a batch. */
const BERHU_SHARE = 0.2;

/**
 * berHu (Laina et al., 3DV 2016): 1/|V| sum_{p in V} B(e), e the error at p and c = 0.2 max_V |e| over the batch,
 * B(e) = |e| where |e| <= c, else (e^2 + c^2) / (2 c). c is treated as a constant: its gradient would increase the
 * largest error.
 * @param error metres, [N, 1, h, w]; any value where not labelled
 * @param labelled bool, [N, 1, h, w]
 */
export function berhu(error: Tensor, labelled: Tensor): LossSum {
  const size = abs(where(labelled, error, 0));
  // The bound avoids a division by 0 where there is no error, or no label.
  const c = maximum(stopGradient(max(size).times(BERHU_SHARE)), 1e-6); // []
  const parabola = square(size).times(0.5).over(c);
  const value = where(greater(size, c), parabola.minus(c.times(-0.5)), size);
  return maskedSum(value, labelled);
}

/** The part of the squared mean error of an image that is subtracted. */
const LAMBDA = 0.5;

/**
 * Scale-invariant error (Eigen et al., NeurIPS 2014): the mean over images of 1/n sum d^2 - 0.5 / n^2 (sum d)^2, with d
 * the differences of logarithms at the n labelled pixels of an image. Images without labels are left out.
 * @param difference [N, 1, h, w]; any value where not labelled
 * @param labelled bool, [N, 1, h, w]
 */
export function scaleInvariant(difference: Tensor, labelled: Tensor): LossSum {
  const d = where(labelled, difference, 0);
  const overImage = (values: Tensor) => sum(values, [1, 2, 3]); // [N]
  const pixels = overImage(cast(labelled, 'float32'));
  const n = maximum(pixels, 1);
  const squaredMean = square(overImage(d).over(n));
  const perImage = overImage(square(d)).over(n).minus(squaredMean.times(LAMBDA));
  return { sum: sum(perImage), count: sum(minimum(pixels, 1)) };
}
