/** All loss weightings. A new one is one file and one row of `weightings`. */
import { z } from 'zod';
import type { Task } from '../../tasks/task.js';
import { cagrad } from './cagrad.js';
import { dwa } from './dwa.js';
import { fixed } from './fixed.js';
import { gradnorm } from './gradnorm.js';
import { mgda } from './mgda.js';
import { pcgrad } from './pcgrad.js';
import { random } from './random.js';
import { uncertainty } from './uncertainty.js';
import type { Weighting, WeightingDefinition } from './weighting.js';

const weightings = [
  fixed,
  uncertainty,
  dwa,
  random,
  gradnorm,
  pcgrad,
  cagrad,
  mgda,
] as const satisfies readonly WeightingDefinition[];

type SettingsOf<K extends readonly WeightingDefinition[]> = { -readonly [I in keyof K]: K[I]['settings'] };

// `map` forgets that a tuple stays a tuple.
const options = weightings.map(({ settings }) => settings) as unknown as SettingsOf<typeof weightings>;

export const weightingSchema = z.discriminatedUnion('kind', options);

export type WeightingConfig = z.output<typeof weightingSchema>;

/** @param tasks in the order of all numbers that stand one for a task */
export function createWeighting(config: WeightingConfig, tasks: readonly Task[]): Weighting {
  const found = weightings.find(({ settings: { shape } }) => shape.kind.value === config.kind) as WeightingDefinition;
  return found.create(config, tasks);
}
export type { Weighting } from './weighting.js';
