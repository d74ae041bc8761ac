import { mean, type Tensor } from '../engine/index.js';
import { conv } from './layers.js';
import type { Scope } from './scope.js';

/**
 * The head of a question about the image as a whole: the mean of every channel, then a linear layer.
 * @param features [N, C, h, w]
 * @returns [N, channels, 1, 1]
 */
export function pooledHead(scope: Scope, features: Tensor, channels: number): Tensor {
  const last = scope.child('fc').inGroup('head');
  const pooled = last.layer(() => mean(features, [2, 3], true)); // [N, C, 1, 1]
  return conv(last, pooled, { channels, kernel: 1, bias: true });
}
