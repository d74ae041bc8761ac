import { cast, div, maximum, resizeNearest, sum, type Tensor, where } from '../engine/index.js';

/** Labels at the height and width of `like`, by nearest neighbour: classes and directions cannot be averaged. */
export function atSizeOf(like: Tensor, label: Tensor): Tensor {
  return resizeNearest(label, like.shape[2], like.shape[3]); // [N, C, H, W] -> [N, C, h, w]
}

/**
 * The mean of `values` over the pixels where `labelled` holds; 0, with no gradient, where there is none.
 * Values elsewhere may be anything finite.
 * @param labelled bool, of the shape of `values`
 */
export function maskedMean(values: Tensor, labelled: Tensor): Tensor {
  return meanOver(where(labelled, values, 0), labelled);
}

/** The sum of `values` over the number of pixels where `labelled` holds; 0 where there is none and all values are 0. */
export function meanOver(values: Tensor, labelled: Tensor): Tensor {
  return div(sum(values), maximum(sum(cast(labelled, 'float32')), 1));
}
