/** What a network was fed with while it was trained: its input convention travels with its weights. */
import type { PaddingRule } from '../nn/scope.js';

type Colour = readonly [red: number, green: number, blue: number];

/** Images are fed as (colour - mean) / deviation, with colours from 0 to 255. */
export interface InputConvention {
  /** In which order the first convolution takes the colours. */
  readonly channels: 'rgb' | 'bgr';
  /** Of red, green and blue, in this order whatever `channels` is. */
  readonly mean: Colour;
  readonly deviation: Colour;
  /** How windows were padded. */
  readonly padding: PaddingRule;
}

/** torchvision's and timm's: colours from 0 to 1, less the mean of ImageNet, over its deviation. */
export const TORCHVISION_INPUT: InputConvention = {
  channels: 'rgb',
  mean: [123.675, 116.28, 103.53],
  deviation: [58.395, 57.12, 57.375],
  padding: 'symmetric',
};

/** Caffe's VGG-16 and what descends from it: blue, green, red from 0 to 255, less the mean of ImageNet. */
export const CAFFE_INPUT: InputConvention = {
  channels: 'bgr',
  mean: [122.67891434, 116.66876762, 104.00698793],
  deviation: [1, 1, 1],
  padding: 'symmetric',
};

/** MobileNetV2's in Keras: colours from -1 to 1. */
export const KERAS_MOBILENET_INPUT: InputConvention = {
  channels: 'rgb',
  mean: [127.5, 127.5, 127.5],
  deviation: [127.5, 127.5, 127.5],
  padding: 'same',
};
