/** All fusions. A new one is one file and one row of `fusionKinds`: docs/guides/add-a-fusion.md. */
import * as z from 'zod';
import { kindFor, settingsOf } from '../kinds.js';
import { parseStrict } from '../schema.js';
import { crossStitch } from './cross-stitch.js';
import type { Fusion, FusionKind } from './fusion.js';
import { mtan } from './mtan.js';
import { nddr } from './nddr.js';
import { shared } from './shared.js';
import { single } from './single.js';
import { sluice } from './sluice.js';

/** Every kind of fusion. */
export const fusionKinds = [single, shared, crossStitch, sluice, nddr, mtan] as const satisfies readonly FusionKind[];

export const fusionSchema = z.discriminatedUnion('kind', settingsOf(fusionKinds));

/** The settings of a fusion; what is left out has its default. */
export type FusionConfig = z.input<typeof fusionSchema>;

/** @throws NddrError for an unknown kind or key, naming the nearest known one, and for a value that does not fit */
export function createFusion(config: FusionConfig): Fusion {
  const settings = parseStrict(fusionSchema, config, 'network.fusion');
  return kindFor<FusionKind>(fusionKinds, settings).create(settings);
}
export type { Fusion, FusionContext } from './fusion.js';
export type { Block, MixedOutput, Mixing, TrainedFusion, TrainedLayer, TrainedVariable } from './mixed.js';
