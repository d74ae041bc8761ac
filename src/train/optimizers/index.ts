/** All optimizers. A new one is one file and one row of `optimizers`. */
import * as z from 'zod';
import type { Floats } from '../../engine/index.js';
import { kindFor, settingsOf } from '../../kinds.js';
import type { Values, Variable } from '../../nn/scope.js';
import { adam, adamw } from './adam.js';
import { type Optimizer, type OptimizerKind, optimizerOf, type UpdateOptions } from './optimizer.js';
import { sgd } from './sgd.js';

const optimizers = [sgd, adam, adamw] as const satisfies readonly OptimizerKind[];

export const optimizerSchema = z.discriminatedUnion('kind', settingsOf(optimizers));

export type OptimizerConfig = z.output<typeof optimizerSchema>;

/** An optimizer of these variables, which changes `values` in place. */
export function createOptimizer<A extends Floats>(
  config: OptimizerConfig,
  variables: Iterable<Variable>,
  values: Values<A>,
  options: UpdateOptions,
): Optimizer<A> {
  return optimizerOf(kindFor<OptimizerKind>(optimizers, config).create(config), variables, values, options);
}
export type { Optimizer, Rates, UpdateOptions } from './optimizer.js';
