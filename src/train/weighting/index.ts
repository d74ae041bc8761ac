/** All loss weightings. A new one is one file and one row of `weightings`. */
import * as z from 'zod';
import { kindFor, settingsOf } from '../../kinds.js';
import type { Task } from '../../tasks/task.js';
import { cagrad } from './cagrad.js';
import { dwa } from './dwa.js';
import { fixed } from './fixed.js';
import { gradnorm } from './gradnorm.js';
import { mgda } from './mgda.js';
import { pcgrad } from './pcgrad.js';
import { random } from './random.js';
import { uncertainty } from './uncertainty.js';
import type { Weighting, WeightingKind } from './weighting.js';

const weightings = [
  fixed,
  uncertainty,
  dwa,
  random,
  gradnorm,
  pcgrad,
  cagrad,
  mgda,
] as const satisfies readonly WeightingKind[];

export const weightingSchema = z.discriminatedUnion('kind', settingsOf(weightings));

export type WeightingConfig = z.output<typeof weightingSchema>;

/** @param tasks in the order of all numbers that stand one for a task */
export const createWeighting = (config: WeightingConfig, tasks: readonly Task[]): Weighting =>
  kindFor<WeightingKind>(weightings, config).create(config, tasks);

export type { Weighting } from './weighting.js';
