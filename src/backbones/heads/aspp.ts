/**
 * Atrous spatial pyramid pooling, the head of DeepLab v3 (Chen et al., 2017, section 3.3): the features seen at four
 * scales and as a whole.
 */
import { concat, mean, resizeLike } from '../../engine/index.js';
import { conv, convBatchNormRelu, dropout, type NormedConvOptions } from '../../nn/layers.js';
import { scaled } from '../backbone.js';
import { dilationOver, type Head, type HeadSettings } from './head.js';

const CHANNELS = 256;
/** Dilations 12, 24, 36 at stride 8; 6, 12, 18 at 16. */
const REACHES_PIXELS = [96, 192, 288];

export const aspp =
  ({ stride, width, keep, norm }: HeadSettings): Head =>
  (scope, features, outputs) => {
    const channels = scaled(CHANNELS, width);
    const pyramid = scope.child('aspp');
    const pointwise: NormedConvOptions = { channels, kernel: 1, norm };
    const views = [
      convBatchNormRelu(pyramid.child('0'), features, pointwise),
      ...REACHES_PIXELS.map((reach, i) =>
        convBatchNormRelu(pyramid.child(`${i + 1}`), features, {
          channels,
          dilation: dilationOver(reach, stride),
          norm,
        }),
      ),
    ];
    const whole = pyramid.child('pool');
    const pooled = convBatchNormRelu(
      whole,
      whole.layer(() => mean(features, [2, 3], true)), // [N,C,H,W] -> [N,C,1,1]
      pointwise,
    );
    const all = pyramid.layer(() => concat([...views, resizeLike(pooled, features)], 1));
    const projected = dropout(pyramid, convBatchNormRelu(pyramid.child('project'), all, pointwise), keep);
    const y = convBatchNormRelu(scope.child('conv'), projected, { channels, norm });
    return conv(scope.child('fc').inGroup('head'), y, { channels: outputs, kernel: 1, bias: true });
  };
