/** Schedules of the learning rate. A new one is a definition and a row of `schedules`. */
import * as z from 'zod';
import { type Kind, kindFor, kindsOf, settingsOf } from '../kinds.js';

const warmup = z
  .int()
  .min(0)
  .default(0)
  .describe('Steps at the beginning in which the learning rate rises linearly to its base.');

/** The rate at a step of a training, counted from 0, as a multiple of the base rate. */
type Schedule = (step: number, steps: number) => number;

const defineSchedule = kindsOf<Schedule>();

const poly = defineSchedule(
  z.strictObject({
    kind: z.literal('poly'),
    power: z
      .number()
      .min(0)
      .default(0.9)
      .describe('Exponent: the learning rate falls to 0 as (1 - step / steps)^power.'),
    warmup,
  }),
  // The rate of the last step is not 0: `step` is at most `steps` - 1.
  ({ power }) =>
    (step, steps) =>
      (1 - step / steps) ** power,
);

const step = defineSchedule(
  z.strictObject({
    kind: z.literal('step'),
    every: z.int().positive().describe('Number of steps after which the learning rate falls, repeatedly.'),
    factor: z.number().positive().max(1).default(0.1).describe('Factor on the learning rate each time.'),
    warmup,
  }),
  ({ every, factor }) =>
    (step) =>
      factor ** Math.floor(step / every),
);

const cosine = defineSchedule(
  z.strictObject({ kind: z.literal('cosine'), warmup }),
  () => (step, steps) => (1 + Math.cos((Math.PI * step) / steps)) / 2,
);

const constant = defineSchedule(z.strictObject({ kind: z.literal('constant'), warmup }), () => () => 1);

const schedules = [poly, step, cosine, constant] as const satisfies readonly Kind<Schedule>[];

export const scheduleSchema = z.discriminatedUnion('kind', settingsOf(schedules));

export type ScheduleConfig = z.output<typeof scheduleSchema>;

/**
 * The learning rate of each step, counted from 0. During a warm-up of W steps, step t has base (t + 1) / (W + 1); the
 * schedule covers the remaining steps.
 */
export function scheduleOf(config: ScheduleConfig, base: number, steps: number): (step: number) => number {
  const { warmup } = config;
  const schedule = kindFor<Kind<Schedule>>(schedules, config).create(config);
  return (step) => base * (step < warmup ? (step + 1) / (warmup + 1) : schedule(step - warmup, steps - warmup));
}
