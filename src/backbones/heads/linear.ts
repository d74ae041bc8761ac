import { conv, dropout } from '../../nn/layers.js';
import type { Head, HeadSettings } from './head.js';

/** One 1x1 convolution: every pixel's features are classified as they are. */
export const linear =
  ({ keep }: HeadSettings): Head =>
  (scope, features, channels) => {
    const fc = scope.child('fc').inGroup('head');
    return conv(fc, dropout(fc, features, keep), { channels, kernel: 1, bias: true });
  };
