/** Where a fusion's layers sit. */
import * as z from 'zod';
import { NddrError } from '../errors.js';
import type { Fusion } from './fusion.js';

export const stages = z
  .array(z.int().min(1))
  .min(1)
  .nullable()
  .default(null)
  .describe('Numbers of the stages, from 1, after which the tasks exchange features. null: after all.');

/**
 * The same fusion with layers after some stages only; after the others every tower goes on with its own features.
 * @param chosen numbers of the stages, from 1; null for all
 */
export function atStages(fusion: Fusion, chosen: readonly number[] | null): Fusion {
  if (chosen === null) return fusion;
  return {
    ...fusion,
    fuse(context, features, stage) {
      const { stageCount } = context;
      const beyond = chosen.find((number) => number > stageCount);
      if (beyond !== undefined)
        throw new NddrError(
          `network.fusion.stages names stage ${beyond}, but the backbone has ${stageCount} stages: ` +
            `choose from 1 to ${stageCount}.`,
        );
      return chosen.includes(stage) ? fusion.fuse(context, features, stage) : features;
    },
    fused: (trained, stage) => (chosen.includes(stage) ? fusion.fused(trained, stage) : undefined),
  };
}
