/** First values of variables. */
import { sizeOf } from '../engine/index.js';
import type { Initializer } from './scope.js';

export const filled =
  (value: number): Initializer =>
  (values) => {
    values.fill(value);
  };

/** A matrix [n, n, ...] with `own` on its diagonal; the other elements of a row are equal and add up to `others`. */
export const diagonal =
  (own: number, others: number): Initializer =>
  (values, [n, , ...rest]) => {
    const size = sizeOf(rest);
    values.fill(others / (n - 1));
    for (let i = 0; i < n; i++) values.fill(own, i * (n + 1) * size, (i * (n + 1) + 1) * size);
  };

/** Uniform in +-sqrt(6 / (inputs + outputs)) for weights [O, C, kh, kw] (Glorot and Bengio, 2010). */
export const xavierUniform: Initializer = (values, [outputs, inputs, ...kernel], random) => {
  const bound = Math.sqrt(6 / ((inputs + outputs) * sizeOf(kernel)));
  for (let i = 0; i < values.length; i++) values[i] = random.uniform(-bound, bound);
};

/** Normal with variance 2 / (outputs kh kw) for weights [O, C, kh, kw] (He et al., 2015, by the fan-out). */
export const heNormal: Initializer = (values, [outputs, , ...kernel], random) => {
  const deviation = Math.sqrt(2 / (outputs * sizeOf(kernel)));
  for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
};

/**
 * A 1x1 convolution over T concatenated feature maps that starts as a weighted sum of them, channel by channel:
 * `own` times map number `index`, `others` shared equally among the rest (NDDR-CNN, section 3.3).
 */
export const mixture =
  (index: number, own: number, others: number): Initializer =>
  (values, [outputs, inputs]) => {
    const maps = inputs / outputs;
    for (let o = 0; o < outputs; o++)
      for (let map = 0; map < maps; map++)
        values[o * inputs + map * outputs + o] = map === index ? own : others / (maps - 1);
  };
