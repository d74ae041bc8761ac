/** Common parts of tasks with one of several classes for an answer. */
import * as z from 'zod';
import { argMax, cast, constant, equal, less, logSoftmax, sub, sum, type Tensor, where } from '../engine/index.js';
import { NddrError } from '../errors.js';
import type { LossSum } from './task.js';

/** The setting for the names of classes. @param most how many there may be: greater labels mean unlabelled */
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
 * Weights of classes by frequency, w = 1 / log(1.02 + f): 1.4 for a class that covers everything, 50 for one that never
 * occurs (Paszke et al., ENet, 2016).
 * @param shares f: the part of all labelled pixels or images that each class has
 */
export const frequencyWeights = (shares: readonly number[]): number[] =>
  shares.map((share) => Number((1 / Math.log(1.02 + share)).toPrecision(4)));

/** The weights as numbers. @throws NddrError where they are "frequency" and the classes have not been counted yet */
export function resolvedWeights(task: string, weights: readonly number[] | 'frequency' | undefined) {
  if (weights !== 'frequency') return weights;
  throw new NddrError(
    `Task "${task}": classWeights "frequency" takes a data set to count in. Train it by a configuration, or complete ` +
      'the configuration first (completeConfig).',
  );
}

/** A check of settings: the list `key`, where given, is as long as the list `like`, which has one entry by default. */
export const sameLength = (
  key: string,
  like: string,
  message: string,
): [Check, { path: string[]; message: string }] => [
  (settings) => !Array.isArray(settings[key]) || lengthOf(settings[key]) === lengthOf(settings[like] ?? ['']),
  { path: [key], message },
];

type Check = (settings: Readonly<Record<string, unknown>>) => boolean;

const lengthOf = (list: unknown): number => (list as readonly unknown[]).length;

/** A constant with one number for each class, [1, K, 1, 1]. */
export const perClass = (values: readonly number[]): Tensor =>
  constant(Float32Array.from(values), [1, values.length, 1, 1]);

/** The number of the most probable class, int32 [N, 1, h, w]; of equal ones the first. @param answer [N, K, h, w] */
export const mostProbable = (answer: Tensor): Tensor => argMax(answer, 1);

/** Whether class k is the label: bool [N, K, h, w]. @param truth [N, 1, h, w] */
export const isTrueClass = (truth: Tensor, classes: number): Tensor =>
  equal(truth, perClass(Array.from({ length: classes }, (_, k) => k)));

/**
 * Cross entropy: -sum_{p in V} w(l_p) log softmax(logits)_{l_p} / sum_{p in V} w(l_p), with l the labels, V the
 * labelled pixels and w the weights of the classes, 1 by default. 0, without a gradient, where nothing is labelled.
 * @param logits [N, K, h, w]
 * @param truth [N, 1, h, w]; values from K up are unlabelled
 */
export function crossEntropy(logits: Tensor, truth: Tensor, weights?: readonly number[]): LossSum {
  const count = logits.shape[1];
  const ofTruth = (values: Tensor) => where(isTrueClass(truth, count), values, 0); // [N, K, h, w]
  const scores = logSoftmax(logits, 1);
  // Not neg, which would turn 0 into -0.
  const loss = (values: Tensor) => sub(0, sum(ofTruth(values)));
  if (!weights) return { sum: loss(scores), count: sum(cast(less(truth, count), 'float32')) };
  return { sum: loss(scores.times(perClass(weights))), count: sum(ofTruth(perClass(weights))) };
}
