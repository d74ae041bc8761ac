import * as z from 'zod';
import { drawCard } from '../drawing/card.js';
import { abs, constant, greater, square, type Tensor, where } from '../engine/index.js';
import { UNLABELLED_WORDS } from './answer-words.js';
import { sameLength } from './classes.js';
import { maskedSum } from './masked.js';
import type { Raster } from './raster.js';
import { defineTask } from './settings.js';
import type { AnswerWords, Meter } from './task.js';

/** The label of an unknown number: less than any other label, and exact in float32. */
export const UNKNOWN_NUMBER = -(2 ** 60);

const isKnown = (value: number): boolean => value > UNKNOWN_NUMBER && value < Number.POSITIVE_INFINITY;

const settings = z
  .strictObject({
    kind: z.literal('regression'),
    names: z
      .array(z.string().min(1))
      .min(1)
      .refine((names) => new Set(names).size === names.length, 'expected names that differ from each other')
      .optional()
      .describe('Names of the numbers. By default one number with the name of the task'),
    unit: z.string().default('').describe('Unit of all numbers, such as "years"'),
    loss: z
      .enum(['l1', 'l2'])
      .default('l1')
      .describe('"l1": mean absolute error, least at the median. "l2": mean squared error, least at the mean'),
    mean: z.array(z.number()).optional().describe('Mean of each number, from which the network starts. By default 0'),
    deviation: z
      .array(z.number().positive())
      .optional()
      .describe('Standard deviation of each number. The network learns (number - mean) / deviation. By default 1'),
  })
  .refine(...sameLength('mean', 'names', 'expected one for each number'))
  .refine(...sameLength('deviation', 'names', 'expected one for each number'));

/** Image regression: numbers about an image, such as an age. A number that is unknown has the label UNKNOWN_NUMBER. */
export const regression = defineTask(settings, (name, { kind, names = [name], unit, loss, ...standard }) => {
  const { mean = names.map(() => 0), deviation = names.map(() => 1) } = standard;
  const perNumber = (values: readonly number[]) => constant(Float32Array.from(values), [1, names.length, 1, 1]);
  const cost: (difference: Tensor) => Tensor = loss === 'l1' ? abs : square;
  const inWords = ({ data }: Raster): AnswerWords => {
    const known = names.flatMap((text, k) => (isKnown(data[k]) ? [{ text, number: data[k] }] : []));
    if (known.length === 0) return UNLABELLED_WORDS;
    return {
      value: { ...Object.fromEntries(known.map(({ text, number }) => [text, number])), ...(unit && { unit }) },
      lines: known.map(({ text, number }) => ({ text, note: `${showNumber(number)} ${unit}`.trimEnd() })),
    };
  };
  return {
    name,
    kind,
    level: 'image',
    channels: names.length,
    label: { dtype: 'float32', channels: names.length, unlabelled: UNKNOWN_NUMBER },
    regression: true,
    metrics: [
      // A network that always answers the mean has an error of about the deviation, and so about 0.5 on this scale.
      { name: 'mae', unit, better: 'lower', main: true, scaled: (error) => 1 / (1 + error / meanOf(deviation)) },
      { name: 'medianError', unit, better: 'lower' },
    ],
    legend: [],
    describe: { names, unit, answer: 'numbers' },

    // loss = 1/|V| sum_{(i, k) in V} |x - (t - mean_k) / deviation_k|, or its square, with x the logit and t the label
    // of number k of image i, and V the known labels
    loss(logits, label) {
      const known = greater(label, UNKNOWN_NUMBER);
      const truth = where(known, label, perNumber(mean));
      const target = truth.minus(perNumber(mean)).times(perNumber(deviation.map((d) => 1 / d)));
      return maskedSum(cost(logits.minus(target)), known);
    },

    // answer_k = x deviation_k + mean_k
    answer: (logits) => logits.times(perNumber(deviation)).plus(perNumber(mean)),
    meter: () => new RegressionMeter(names),
    picture: (map, size) => drawCard(inWords(map).lines, size),
    inWords,
  };
});

const showNumber = (value: number): string => String(Number(value.toPrecision(4)));

const meanOf = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** The middle value, or the mean of the two in the middle. NaN counts as greater than any number. */
function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

class RegressionMeter implements Meter {
  private readonly errors: number[][];

  constructor(private readonly names: readonly string[]) {
    this.errors = names.map(() => []);
  }

  add({ data: answer }: Raster, { data: label }: Raster): void {
    for (const [k, errors] of this.errors.entries()) {
      if (!isKnown(label[k])) continue;
      const error = Math.abs(answer[k] - label[k]);
      errors.push(Number.isFinite(error) ? error : Number.NaN);
    }
  }

  values(): Record<string, number> {
    const all = this.errors.flat();
    return { mae: meanOf(all), medianError: medianOf(all) };
  }

  perClass(): Record<string, number> {
    return Object.fromEntries(this.names.map((name, k) => [name, meanOf(this.errors[k])]));
  }
}
