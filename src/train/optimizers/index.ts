/** All optimizers. */
import { z } from 'zod';
import type { Floats } from '../../engine/index.js';
import type { Values, Variable } from '../../nn/scope.js';
import { adam, adamSchema, adamw, adamwSchema } from './adam.js';
import { type Optimizer, optimizerOf, type Rule, type UpdateOptions } from './optimizer.js';
import { sgd, sgdSchema } from './sgd.js';

export const optimizerSchema = z.discriminatedUnion('kind', [sgdSchema, adamSchema, adamwSchema]);

export type OptimizerConfig = z.output<typeof optimizerSchema>;

const rules: { readonly [K in OptimizerConfig['kind']]: (config: Extract<OptimizerConfig, { kind: K }>) => Rule } = {
  sgd,
  adam,
  adamw,
};

/** An optimizer of these variables, which changes `values` in place. */
export function createOptimizer<A extends Floats>(
  config: OptimizerConfig,
  variables: Iterable<Variable>,
  values: Values<A>,
  options: UpdateOptions,
): Optimizer<A> {
  // The index type forgets that key and argument belong together.
  const rule = (rules[config.kind] as (config: OptimizerConfig) => Rule)(config);
  return optimizerOf(rule, variables, values, options);
}
export type { Optimizer, Rates, UpdateOptions } from './optimizer.js';
