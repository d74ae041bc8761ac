import { z } from 'zod';
import type { Fusion } from './fusion.js';
import { nddr } from './nddr.js';
import { shared } from './shared.js';
import { withShortcut } from './shortcut.js';
import { single } from './single.js';

const shortcut = z.boolean().default(false).describe('Let the heads see the features of every stage.');

export const fusionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('single'), shortcut }),
  z.strictObject({ kind: z.literal('shared'), shortcut }),
  z.strictObject({
    kind: z.literal('nddr'),
    shortcut,
    alpha: z.number().default(0.9).describe("First weight of a task's own features."),
    beta: z.number().default(0.1).describe("First weight of the other tasks' features, shared equally among them."),
    init: z.enum(['mixture', 'xavier']).default('mixture').describe('First weights of the NDDR layers.'),
  }),
]);

export type FusionConfig = z.infer<typeof fusionSchema>;

const fusions: { readonly [K in FusionConfig['kind']]: (config: Extract<FusionConfig, { kind: K }>) => Fusion } = {
  single: () => single,
  shared: () => shared,
  nddr,
};

export function createFusion(config: FusionConfig): Fusion {
  // The index type forgets that key and argument belong together.
  const fusion = (fusions[config.kind] as (config: FusionConfig) => Fusion)(config);
  // A shortcut between networks that exchange features is a fusion layer and follows its learning rate.
  return config.shortcut ? withShortcut(fusion, config.kind === 'nddr' ? 'fusion' : 'base') : fusion;
}
export type { Fusion } from './fusion.js';
