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
import { NddrError } from '../errors.js';
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
  const { channels, kernel = 3, groups = 1, initializer = xavierUniform, dilation = 1 } = options;
  const { padding = paddingOf(scope, kernel, dilation) } = options;
  return scope.layer(() => {
    const weight = scope.variable('weight', [channels, x.shape[1] / groups, kernel, kernel], 'weight', initializer);
    const bias = options.bias ? scope.variable('bias', [channels], 'bias', filled(0)) : null;
    return conv2d(x, weight, bias, { ...options, padding });
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
  /**
   * Share of the running statistics that stays in a step, as TensorFlow has it, from 0 to 1: 1 less what PyTorch calls
   * momentum.
   */
  readonly momentum: number;
  /** What is added to the variance. */
  readonly epsilon: number;
  /** First value of gamma; 1 by default. */
  readonly gamma?: number;
}

/** The published setting. */
export const BATCH_NORM: BatchNormOptions = { momentum: 0.95, epsilon: 1e-3 };

/**
 * Batch normalisation: by the batch's statistics in training, by the running ones in evaluation.
 * @throws NddrError when the momentum is not from 0 to 1
 */
export function batchNorm(scope: Scope, x: Tensor, { momentum, epsilon, gamma: first = 1 } = BATCH_NORM): Tensor {
  if (!(momentum >= 0 && momentum <= 1))
    throw new NddrError(
      `The batch normalisation ${scope.path} has momentum ${momentum}: give the share of the running statistics that a ` +
        'step keeps, from 0 to 1, as in { momentum: 0.9, epsilon: 1e-5 }.',
    );
  return scope.layer(() => {
    const channels = [x.shape[1]];
    const gamma = scope.variable('gamma', channels, 'gamma', filled(first));
    const beta = scope.variable('beta', channels, 'beta', filled(0));
    const mean = scope.variable('mean', channels, 'statistic', filled(0));
    const variance = scope.variable('var', channels, 'statistic', filled(1));
    if (scope.mode === 'evaluate') return batchNormInference(x, gamma, beta, mean, variance, epsilon);
    const batch = batchNormTraining(x, gamma, beta, epsilon);
    // The running variance takes the batch's biased one, as TensorFlow does.
    scope.observe('mean', batch.mean, momentum);
    scope.observe('var', batch.variance, momentum);
    return batch.y;
  });
}

export interface NormedConvOptions extends ConvOptions {
  /** Settings of the batch normalisation that follows; null for a bias in its place. */
  readonly norm?: BatchNormOptions | null;
}

export const convBatchNorm = (scope: Scope, x: Tensor, { norm = BATCH_NORM, ...options }: NormedConvOptions): Tensor =>
  norm ? batchNorm(scope, conv(scope, x, options), norm) : conv(scope, x, { ...options, bias: true });

export const convBatchNormRelu = (scope: Scope, x: Tensor, options: NormedConvOptions): Tensor => {
  const y = convBatchNorm(scope, x, options);
  return scope.layer(() => relu(y));
};

/**
 * Dropout: in training each element is set to 0 with probability 1 - keep, and the others are divided by keep. A byte
 * decides over an element, a quarter of the memory that a mask of floats takes, so keep is rounded to a multiple of 1/256.
 * @param keep probability that an element is kept, from 0 to 1; 1 is without dropout
 */
export function dropout(scope: Scope, x: Tensor, keep: number): Tensor {
  const kept = Math.max(1, Math.round(keep * 256));
  if (scope.mode === 'evaluate' || kept === 256) return x;
  return scope.layer(() => mul(x, dropoutFactors(scope.mask(x.shape), kept)));
}
