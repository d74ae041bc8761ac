/** Layers: small functions from a scope and a tensor to a tensor. */
import {
  batchNorm as batchNormInference,
  batchNormTraining,
  conv2d,
  dropoutFactors,
  maxPool,
  mul,
  type Padding,
  type Pair,
  relu,
  type Tensor,
  type WindowOptions,
} from '../engine/index.js';
import { filled, xavierUniform } from './init.js';
import type { Initializer, Scope } from './scope.js';

export interface ConvOptions extends WindowOptions {
  readonly channels: number;
  /** Height and width of the kernel; 3 by default. */
  readonly kernel?: number;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly initializer?: Initializer;
}

/** Convolution that keeps the map's size at stride 1 unless a padding is given. x [N,C,H,W] -> [N,channels,H',W'] */
export function conv(scope: Scope, x: Tensor, options: ConvOptions): Tensor {
  const { channels, kernel = 3, groups = 1, bias = false, initializer = xavierUniform, dilation = 1 } = options;
  const { padding = paddingOf(scope, kernel, dilation) } = options;
  return scope.layer(() => {
    const weight = scope.variable('weight', [channels, x.shape[1] / groups, kernel, kernel], 'weight', initializer);
    const shift = bias ? scope.variable('bias', [channels], 'bias', filled(0)) : null;
    return conv2d(x, weight, shift, { ...options, padding });
  });
}

/** Max pooling padded like a convolution, so that it keeps the map's size at stride 1. x [N,C,H,W] -> [N,C,H',W'] */
export const pool = (scope: Scope, x: Tensor, kernel: number, stride: number): Tensor =>
  maxPool(x, kernel, { stride, padding: paddingOf(scope, kernel, 1) });

const paddingOf = (scope: Scope, kernel: number, dilation: number | Pair): Padding | 'same' =>
  scope.padding === 'same' ? 'same' : symmetricPadding(kernel, dilation);

/** As many pixels before as after a map as keep its size at stride 1. */
export function symmetricPadding(kernel: number, dilation: number | Pair = 1): Padding {
  const [v, h] = (typeof dilation === 'number' ? [dilation, dilation] : dilation).map((d) => d * ((kernel - 1) >> 1));
  return [v, h, v, h];
}

export interface BatchNormOptions {
  /** Share of the running statistics that a step keeps: 1 less what PyTorch calls momentum. */
  readonly keep: number;
  /** What is added to the variance. */
  readonly epsilon: number;
  /** First value of gamma; 1 by default. */
  readonly gamma?: number;
}

/** Momentum of the running statistics and the epsilon of the published setting. */
export const BATCH_NORM: BatchNormOptions = { keep: 0.95, epsilon: 1e-3 };

/** Batch normalisation: by the batch's statistics in training, by the running ones in evaluation. */
export function batchNorm(scope: Scope, x: Tensor, { keep, epsilon, gamma: first = 1 } = BATCH_NORM): Tensor {
  return scope.layer(() => {
    const channels = [x.shape[1]];
    const gamma = scope.variable('gamma', channels, 'gamma', filled(first));
    const beta = scope.variable('beta', channels, 'beta', filled(0));
    const mean = scope.variable('mean', channels, 'statistic', filled(0));
    const variance = scope.variable('var', channels, 'statistic', filled(1));
    if (scope.mode === 'evaluate') return batchNormInference(x, gamma, beta, mean, variance, epsilon);
    const batch = batchNormTraining(x, gamma, beta, epsilon);
    // The running variance takes the batch's biased one, as TensorFlow does.
    scope.observe('mean', batch.mean, keep);
    scope.observe('var', batch.variance, keep);
    return batch.y;
  });
}

export interface NormedConvOptions extends ConvOptions {
  /** Of the batch normalisation; null for a bias in its place. */
  readonly norm?: BatchNormOptions | null;
}

export const convBatchNorm = (scope: Scope, x: Tensor, { norm = BATCH_NORM, ...options }: NormedConvOptions): Tensor =>
  norm ? batchNorm(scope, conv(scope, x, options), norm) : conv(scope, x, { ...options, bias: true });

export const convBatchNormRelu = (scope: Scope, x: Tensor, options: NormedConvOptions): Tensor => {
  const y = convBatchNorm(scope, x, options);
  return scope.layer(() => relu(y));
};

/**
 * In training sets elements to 0 with probability 1 - keep and divides the others by keep, which is taken to the
 * nearest of 1/256 .. 256/256: a byte decides over an element, a quarter of the memory that a mask of floats takes.
 */
export function dropout(scope: Scope, x: Tensor, keep: number): Tensor {
  const kept = Math.max(1, Math.round(keep * 256));
  if (scope.mode === 'evaluate' || kept === 256) return x;
  return scope.layer(() => mul(x, dropoutFactors(scope.mask(x.shape), kept)));
}
