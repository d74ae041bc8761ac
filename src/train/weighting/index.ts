/** All loss weightings. */
import { z } from 'zod';
import type { Task } from '../../tasks/task.js';
import { cagrad, cagradSchema } from './cagrad.js';
import { dwa, dwaSchema } from './dwa.js';
import { fixed, fixedSchema } from './fixed.js';
import { gradnorm, gradnormSchema } from './gradnorm.js';
import { mgda, mgdaSchema } from './mgda.js';
import { pcgrad, pcgradSchema } from './pcgrad.js';
import { random, randomSchema } from './random.js';
import { uncertainty, uncertaintySchema } from './uncertainty.js';
import type { Weighting } from './weighting.js';

export const weightingSchema = z.discriminatedUnion('kind', [
  fixedSchema,
  uncertaintySchema,
  dwaSchema,
  randomSchema,
  gradnormSchema,
  pcgradSchema,
  cagradSchema,
  mgdaSchema,
]);

export type WeightingConfig = z.output<typeof weightingSchema>;

type Make<C> = (config: C, tasks: readonly Task[]) => Weighting;

const weightings: { readonly [K in WeightingConfig['kind']]: Make<Extract<WeightingConfig, { kind: K }>> } = {
  fixed,
  uncertainty,
  dwa,
  random,
  gradnorm,
  pcgrad,
  cagrad,
  mgda,
};

/** @param tasks in the order of all numbers that stand one for a task */
export const createWeighting = (config: WeightingConfig, tasks: readonly Task[]): Weighting =>
  // The index type forgets that key and argument belong together.
  (weightings[config.kind] as Make<WeightingConfig>)(config, tasks);
export type { Weighting } from './weighting.js';
