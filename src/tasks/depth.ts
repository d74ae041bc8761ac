import * as z from 'zod';
import { BLACK, type Colour, paint, viridis } from '../drawing/colours.js';
import { abs, clip, exp, greater, log, maximum, softplus, type Tensor, where } from '../engine/index.js';
import { DepthErrors } from './depth-errors.js';
import { berhu, scaleInvariant } from './depth-losses.js';
import { maskedSum } from './masked.js';
import type { Raster } from './raster.js';
import { defineTask } from './settings.js';
import type { LossSum, Meter } from './task.js';

const settings = z.strictObject({
  kind: z.literal('depth'),
  loss: z
    .enum(['log', 'metres', 'berhu', 'scale-invariant'])
    .default('log')
    .describe(
      '"log": mean absolute error of the logarithm of depth, which gives near and far pixels equal weight. "metres": ' +
        'mean absolute error of depth. "berhu": the same, but squared for errors above a fifth of the greatest one. ' +
        '"scale-invariant": squared error of logarithms, less half of the squared mean error of the image',
    ),
  rangeMetres: z
    .tuple([z.number().positive(), z.number().positive()])
    .refine(([near, far]) => near < far, 'expected the near end first')
    .default([0.5, 10])
    .describe(
      'Usual depths in metres, near and far. The network starts in their middle, and pictures span them. They are no limit',
    ),
  zoom: z
    .enum(['divide', 'keep'])
    .default('divide')
    .describe(
      'What enlarging an image by s does to depth. "divide": it is divided by s, as if the same lens came nearer. ' +
        '"keep": it stays, which is right for a longer lens',
    ),
});

/** The meaning of a logit. A logit of 0 stands for `middle` metres: heads start near 0. */
interface Reading {
  /** The answer in metres. */
  metres(logits: Tensor, middle: number): Tensor;
  /** The signed error whose size the loss measures. @param truth metres */
  error(logits: Tensor, truth: Tensor, middle: number): Tensor;
}

/** middle softplus(logit) / log 2 */
const scaledSoftplus = (logits: Tensor, middle: number): Tensor => softplus(logits).times(middle / Math.LN2);

const READINGS: Readonly<Record<'log' | 'metres', Reading>> = {
  // metres = middle * exp(logit): the logit is a logarithm, so the error, logit - log(truth / middle), is linear in it.
  // (The answer is clipped to middle * e^±10, so that it is positive and finite for any logit.)
  log: {
    metres: (logits, middle) => exp(clip(logits, -10, 10)).times(middle),
    error: (logits, truth, middle) => logits.minus(log(truth.times(1 / middle))),
  },
  // metres = middle * softplus(logit) / log 2: linear for large logits, where the gradient of exp would explode.
  metres: {
    metres: (logits, middle) => maximum(scaledSoftplus(logits, middle), 1e-3),
    error: (logits, truth, middle) => scaledSoftplus(logits, middle).minus(truth),
  },
};

interface Loss {
  readonly reading: Reading;
  of(error: Tensor, labelled: Tensor): LossSum;
}

const absolute = (error: Tensor, labelled: Tensor): LossSum => maskedSum(abs(error), labelled);

const LOSSES: Readonly<Record<'log' | 'metres' | 'berhu' | 'scale-invariant', Loss>> = {
  log: { reading: READINGS.log, of: absolute },
  metres: { reading: READINGS.metres, of: absolute },
  berhu: { reading: READINGS.metres, of: berhu },
  'scale-invariant': { reading: READINGS.log, of: scaleInvariant },
};

/** Depth in metres, along the optical axis or the ray as the labels have it; 0 where unlabelled. */
export const depth = defineTask(settings, (name, { kind, loss, rangeMetres: [near, far], zoom }) => {
  const middle = Math.sqrt(near * far);
  const { reading, of } = LOSSES[loss];
  const colourOf = (metres: number): Colour => viridis(1 - Math.log(metres / near) / Math.log(far / near));
  return {
    name,
    kind,
    level: 'pixel',
    channels: 1,
    label: { dtype: 'float32', channels: 1, unlabelled: 0, scaled: zoom === 'divide' ? divide : undefined },
    regression: true,
    metrics: [
      // The scale is relative to the middle of the usual depths, so that rooms and streets can be compared.
      {
        ...{ name: 'rmseMetres', unit: 'metres', better: 'lower', main: true },
        scaled: (metres) => 1 / (1 + metres / middle),
      },
      { name: 'logRmse', unit: 'log metres', better: 'lower' },
      { name: 'absRel', unit: 'ratio', better: 'lower' },
      { name: 'delta1', unit: '%', better: 'higher' },
      { name: 'delta2', unit: '%', better: 'higher' },
      { name: 'delta3', unit: '%', better: 'higher' },
    ],
    legend: roundSteps(near, far).map((metres) => ({ label: `${metres} m`, colour: colourOf(metres) })),
    describe: { answer: 'depth', unit: 'metres', rangeMetres: [near, far] },

    // loss = 1/|V| sum_{p in V} |error(p)| with V the labelled pixels, or one of depth-losses.ts
    loss(logits, metres) {
      const labelled = greater(metres, 0);
      // A truth of 0 would have an infinite logarithm, and infinity times 0 in the gradient is NaN.
      const truth = where(labelled, metres, middle);
      return of(reading.error(logits, truth, middle), labelled);
    },

    answer: (logits) => reading.metres(logits, middle),
    meter: () => new DepthMeter(),
    // 16 bits reach 65.5 m; larger depths are clamped to that.
    raw: ({ data }) => ({
      unit: 'millimetres',
      data: Uint16Array.from(data, (metres) => Math.min(Math.round(metres * 1000), 65535)),
    }),

    picture: ({ height, width, data }) =>
      paint(width, height, (pixel) => (data[pixel] > 0 ? colourOf(data[pixel]) : BLACK)),
  };
});

/** The numbers 1, 2, 5 times powers of ten from near to far. */
function roundSteps(near: number, far: number): number[] {
  const steps: number[] = [];
  for (let power = Math.floor(Math.log10(near)); power <= Math.log10(far); power++) {
    for (const digit of [1, 2, 5]) {
      const step = Number(`${digit}e${power}`);
      if (step >= near && step <= far) steps.push(step);
    }
  }
  return steps;
}

function divide({ data }: Raster, factor: number): void {
  for (let i = 0; i < data.length; i++) data[i] /= factor;
}

class DepthMeter implements Meter {
  private readonly errors = new DepthErrors();

  add(answer: Raster, label: Raster): void {
    this.errors.add(answer.data, label.data);
  }

  values(): Record<string, number> {
    const [delta1, delta2, delta3] = this.errors.deltas();
    return {
      rmseMetres: this.errors.rmseMetres(),
      logRmse: this.errors.logRmse(),
      absRel: this.errors.absoluteRelative(),
      delta1,
      delta2,
      delta3,
    };
  }
}
