/** What questions with one of several classes for an answer share. */
import { z } from 'zod';
import { cast, constant, equal, less, logSoftmax, mul, sub, sum, type Tensor, where } from '../engine/index.js';
import { NddrError } from '../errors.js';
import type { LossSum } from './task.js';

/** Names of classes. @param most of them, since a greater label means unlabelled */
export const classNames = (most: number) =>
  z
    .array(z.string().min(1))
    .min(2)
    .max(most)
    .refine((names) => new Set(names).size === names.length, 'expected names that differ from each other')
    .describe('Names of the classes. The index of the first is 0');

export const classWeights = z
  .union([z.array(z.number().positive()), z.literal('frequency')])
  .optional()
  .describe(
    'Weight of each class in the loss. By default all are equal. "frequency": 1 / log(1.02 + f), f the share of the ' +
      'class in the labels of the training split, counted when a run begins',
  );

/**
 * w = 1 / log(1.02 + f): 1.4 for a class that is everywhere, 50 for one that is nowhere (Paszke et al., ENet, 2016).
 * @param shares f of each class, of all labelled pixels or images
 */
export const frequencyWeights = (shares: readonly number[]): number[] =>
  shares.map((share) => Number((1 / Math.log(1.02 + share)).toPrecision(4)));

/** The weights as numbers. @throws NddrError where nobody has counted the classes yet */
export function resolvedWeights(task: string, weights: readonly number[] | 'frequency' | undefined) {
  if (weights !== 'frequency') return weights;
  throw new NddrError(
    `Task "${task}": classWeights "frequency" takes a data set to count in. Train it by a configuration, or complete ` +
      'the configuration first (completeConfig).',
  );
}

/** A check of settings: the list `key`, where it is given, holds as much as the list `like`, which holds one by default. */
export const asMany = (key: string, like: string, message: string): [Check, { path: string[]; message: string }] => [
  (settings) => !Array.isArray(settings[key]) || lengthOf(settings[key]) === lengthOf(settings[like] ?? ['']),
  { path: [key], message },
];

type Check = (settings: Readonly<Record<string, unknown>>) => boolean;

const lengthOf = (list: unknown): number => (list as readonly unknown[]).length;

/** A number for each class, [1, K, 1, 1]. */
export const perClass = (values: readonly number[]): Tensor =>
  constant(Float32Array.from(values), [1, values.length, 1, 1]);

/** bool [N, K, h, w]: whether class k is the label. @param truth [N, 1, h, w] */
export const isTrueClass = (truth: Tensor, classes: number): Tensor =>
  equal(truth, perClass(Array.from({ length: classes }, (_, k) => k)));

/**
 * loss = -sum_{p in V} w(l_p) log softmax(logits)_{l_p} / sum_{p in V} w(l_p), l the label, V the labelled pixels;
 * the plain mean where all weights are 1; 0, with no gradient, where nothing is labelled.
 * @param logits [N, K, h, w]
 * @param truth [N, 1, h, w]; from K up is unlabelled
 */
export function crossEntropy(logits: Tensor, truth: Tensor, weights?: readonly number[]): LossSum {
  const count = logits.shape[1];
  const ofTruth = (values: Tensor) => where(isTrueClass(truth, count), values, 0); // [N, K, h, w]
  const scores = logSoftmax(logits, 1);
  // Not neg: 0 is to stay 0 and not become -0.
  const loss = (values: Tensor) => sub(0, sum(ofTruth(values)));
  if (!weights) return { sum: loss(scores), count: sum(cast(less(truth, count), 'float32')) };
  return { sum: loss(mul(scores, perClass(weights))), count: sum(ofTruth(perClass(weights))) };
}
