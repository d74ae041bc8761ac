/** The head of DeepLab-LargeFOV (Chen et al., 2015): VGG's fully connected layers, the first one 3x3 and dilated. */
import { conv, convBatchNormRelu, dropout } from '../../nn/layers.js';
import { scaled } from '../backbone.js';
import { dilationOver, type Head, type HeadSettings } from './head.js';

const CHANNELS = 1024;
/** Dilation 12 at the published stride of 8. */
const REACH_PIXELS = 96;

export const largefov =
  ({ stride, width, keep, norm }: HeadSettings): Head =>
  (scope, features, outputs) => {
    const channels = scaled(CHANNELS, width);
    const dilation = dilationOver(REACH_PIXELS, stride);
    let y = convBatchNormRelu(scope.child('fc6'), features, { channels, dilation, norm });
    y = dropout(scope.child('fc6'), y, keep);
    y = convBatchNormRelu(scope.child('fc7'), y, { channels, kernel: 1, norm });
    y = dropout(scope.child('fc7'), y, keep);
    return conv(scope.child('fc8').inGroup('head'), y, { channels: outputs, kernel: 1, bias: true });
  };
