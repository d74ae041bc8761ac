/** What questions with one of several classes for an answer share. */
import { z } from 'zod';
import { cast, constant, equal, less, logSoftmax, mul, sub, sum, type Tensor, where } from '../engine/index.js';
import type { LossSum } from './task.js';

/** Names of classes. @param most of them, since a greater label means unlabelled */
export const classNames = (most: number) =>
  z
    .array(z.string().min(1))
    .min(2)
    .max(most)
    .refine((names) => new Set(names).size === names.length, 'expected names that differ from each other')
    .describe('Names of the classes; the label of the first is 0');

export const classWeights = z
  .array(z.number().positive())
  .optional()
  .describe('Weight of each class in the loss, so that rare ones count; all alike where it is left out');

/** A check of settings: the list `key`, where it is given, holds as much as the list `like`, which holds one by default. */
export const asMany = (key: string, like: string, message: string): [Check, { path: string[]; message: string }] => [
  (settings) => settings[key] === undefined || lengthOf(settings[key]) === lengthOf(settings[like] ?? ['']),
  { path: [key], message },
];

type Check = (settings: Readonly<Record<string, unknown>>) => boolean;

const lengthOf = (list: unknown): number => (list as readonly unknown[]).length;

/**
 * loss = -sum_{p in V} w(l_p) log softmax(logits)_{l_p} / sum_{p in V} w(l_p), l the label, V the labelled pixels;
 * the plain mean where all weights are 1; 0, with no gradient, where nothing is labelled.
 * @param logits [N, K, h, w]
 * @param truth [N, 1, h, w]; from K up is unlabelled
 */
export function crossEntropy(logits: Tensor, truth: Tensor, weights?: readonly number[]): LossSum {
  const count = logits.shape[1];
  const perClass = (values: Iterable<number>) => constant(Float32Array.from(values), [1, count, 1, 1]);
  const indices = perClass(Array.from({ length: count }, (_, c) => c));
  const ofTruth = (values: Tensor) => where(equal(truth, indices), values, 0); // [N, K, h, w]
  const scores = logSoftmax(logits, 1);
  // Not neg: 0 is to stay 0 and not become -0.
  const loss = (values: Tensor) => sub(0, sum(ofTruth(values)));
  if (!weights) return { sum: loss(scores), count: sum(cast(less(truth, count), 'float32')) };
  return { sum: loss(mul(scores, perClass(weights))), count: sum(ofTruth(perClass(weights))) };
}
