import { conv, convBatchNormRelu } from '../../nn/layers.js';
import type { Head, HeadSettings } from './head.js';

/** The head of HRNetV2 (Sun et al., 2019): the features of all resolutions are mixed once more, then classified. */
export const multiscale =
  ({ norm }: HeadSettings): Head =>
  (scope, features, channels) => {
    const y = convBatchNormRelu(scope.child('mix'), features, { channels: features.shape[1], kernel: 1, norm });
    return conv(scope.child('fc').inGroup('head'), y, { channels, kernel: 1, bias: true });
  };
