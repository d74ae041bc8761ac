import { z } from 'zod';
import type { Backbone } from './backbone.js';
import { vgg16 } from './vgg16.js';

export const backboneSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('vgg16'),
    width: z.number().positive().default(1).describe('Multiplies every channel count; 1 is the published network.'),
    keep: z.number().gt(0).max(1).default(0.5).describe('Share of features that dropout keeps in the head.'),
  }),
]);

export type BackboneConfig = z.infer<typeof backboneSchema>;

const backbones: {
  readonly [K in BackboneConfig['kind']]: (config: Extract<BackboneConfig, { kind: K }>) => Backbone;
} = { vgg16 };

export const createBackbone = (config: BackboneConfig): Backbone => backbones[config.kind](config);
export type { Backbone, Stage } from './backbone.js';
