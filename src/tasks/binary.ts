/** Common parts of tasks with a yes or no for an answer. Labels are 0 or 1, and 255 where unlabelled. */

import { GREY, paint } from '../drawing/colours.js';
import { cast, less, logicalNot, softplus, sub, type Tensor } from '../engine/index.js';
import type { Image, Raster } from './raster.js';
import type { RawMap } from './task.js';

export const UNLABELLED = 255;

/**
 * Binary cross entropy of each element: -log sigmoid(x) where the label y is 1, -log(1 - sigmoid(x)) where it is 0.
 * Both are softplus((1 - 2 y) x), which is finite for any x. Where y is UNLABELLED the value means nothing and must be
 * masked.
 */
export const binaryCrossEntropy = (x: Tensor, y: Tensor): Tensor => softplus(sub(1, y.times(2)).times(x));

/** 1 for every probability of a half or more, 0 for the others; uint8. */
export const atLeastHalf = (answer: Tensor): Tensor => cast(logicalNot(less(answer, 0.5)), 'uint8');

/** Probabilities as whole per cent. */
export const percent = ({ data }: Raster): RawMap => ({
  unit: 'percent',
  data: Uint8Array.from(data, (probability) => Math.round(100 * probability)),
});

/** A picture from black (no) to white (yes), dark grey where unlabelled. */
export const greyPicture = ({ height, width, data }: Raster): Image =>
  paint(width, height, (pixel) => {
    const grey = Math.round(255 * data[pixel]);
    return data[pixel] > 1 ? GREY : [grey, grey, grey];
  });
