/** Schedules of the learning rate. */
import { z } from 'zod';

const warmup = z
  .int()
  .min(0)
  .default(0)
  .describe('Steps at the beginning in which the learning rate rises linearly to its base.');

export const scheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('poly'),
    power: z
      .number()
      .min(0)
      .default(0.9)
      .describe('Exponent: the learning rate falls to 0 as (1 - step / steps)^power.'),
    warmup,
  }),
  z.strictObject({
    kind: z.literal('step'),
    every: z.int().positive().describe('Number of steps after which the learning rate falls, repeatedly.'),
    factor: z.number().positive().max(1).default(0.1).describe('Factor on the learning rate each time.'),
    warmup,
  }),
  z.strictObject({ kind: z.literal('cosine'), warmup }),
  z.strictObject({ kind: z.literal('constant'), warmup }),
]);

export type ScheduleConfig = z.output<typeof scheduleSchema>;

/** The rate at a step of a training, counted from 0, as a multiple of the base rate. */
type Schedule = (step: number, steps: number) => number;

const schedules: {
  readonly [K in ScheduleConfig['kind']]: (config: Extract<ScheduleConfig, { kind: K }>) => Schedule;
} = {
  // The rate of the last step is not 0: `step` is at most `steps` - 1.
  poly:
    ({ power }) =>
    (step, steps) =>
      (1 - step / steps) ** power,
  step:
    ({ every, factor }) =>
    (step) =>
      factor ** Math.floor(step / every),
  cosine: () => (step, steps) => (1 + Math.cos((Math.PI * step) / steps)) / 2,
  constant: () => () => 1,
};

/**
 * The learning rate of each step, counted from 0. During a warm-up of W steps, step t has base (t + 1) / (W + 1); the
 * schedule covers the remaining steps.
 */
export function scheduleOf(config: ScheduleConfig, base: number, steps: number): (step: number) => number {
  const { warmup } = config;
  // The index type forgets that key and argument belong together.
  const schedule = (schedules[config.kind] as (config: ScheduleConfig) => Schedule)(config);
  return (step) => base * (step < warmup ? (step + 1) / (warmup + 1) : schedule(step - warmup, steps - warmup));
}
