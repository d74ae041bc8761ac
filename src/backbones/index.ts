import { z } from 'zod';
import { alexnet } from './alexnet.js';
import type { Backbone } from './backbone.js';
import { headSchema } from './heads/index.js';
import { hrnet18 } from './hrnet.js';
import { type ImportModule, loadModule } from './module.js';
import { resnet } from './resnet.js';
import { tiny } from './tiny.js';
import { vgg16 } from './vgg16.js';

const width = z.number().positive().default(1).describe('Factor on every channel count. 1 is the published network.');
const keep = (value: number) =>
  z
    .number()
    .gt(0)
    .max(1)
    .default(value)
    .describe('Share of the features that dropout keeps in the head. 1: no dropout.');

export const backboneSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('vgg16'),
    width,
    keep: keep(0.5),
    head: headSchema.default('largefov'),
    batchNorm: z
      .boolean()
      .default(true)
      .describe('Whether batch normalisation follows each convolution. Without it each has a bias.'),
  }),
  z.strictObject({
    kind: z.literal('resnet'),
    width,
    keep: keep(0.5),
    head: headSchema.default('aspp'),
    depth: z.literal([18, 34, 50, 101]).default(50).describe('Number of layers.'),
    outputStride: z
      .literal([8, 16, 32])
      .default(8)
      .describe('Stride of the last stage. 8 and 16 use dilation, 32 does not.'),
  }),
  z.strictObject({ kind: z.literal('alexnet'), width, keep: keep(0.5), head: headSchema.default('largefov') }),
  z.strictObject({
    kind: z.literal('hrnet18'),
    width,
    keep: keep(1),
    head: headSchema.default('multiscale'),
    resize: z
      .enum(['cells', 'half-pixel', 'align-corners'])
      .default('cells')
      .describe(
        'How branches are resampled to one size. "cells": by where their cells lie in the image. "half-pixel" and ' +
          '"align-corners": as other programs do, for weights trained there. Both shift features.',
      ),
  }),
  z.strictObject({ kind: z.literal('tiny'), width, keep: keep(1), head: headSchema.default('linear') }),
  z.looseObject({
    kind: z.literal('module'),
    width,
    keep: keep(1),
    head: headSchema.default('linear'),
    path: z
      .string()
      .describe(
        'File whose default export returns the stages (docs/guides/add-a-backbone.md). It gets all settings; keys that are not listed here are its own.',
      ),
  }),
]);

export type BackboneConfig = z.infer<typeof backboneSchema>;
/** Of the backbones in the package; what is left out has its default. */
export type BuiltInBackbone = Exclude<z.input<typeof backboneSchema>, { kind: 'module' }>;

const backbones: {
  readonly [K in BuiltInBackbone['kind']]: (config: Extract<BuiltInBackbone, { kind: K }>) => Backbone;
} = { vgg16, resnet, alexnet, hrnet18, tiny };

// The index type forgets that key and argument belong together.
export const createBackbone = (config: BuiltInBackbone): Backbone =>
  (backbones[config.kind] as (config: BuiltInBackbone) => Backbone)(config);

/** The same, also of a file of the user's. @throws NddrError when that file makes no backbone */
export const loadBackbone = async (config: BackboneConfig, importModule: ImportModule): Promise<Backbone> =>
  config.kind === 'module' ? loadModule(config, importModule) : createBackbone(config);

export type { Backbone, BranchedStage, Stage } from './backbone.js';
export { buildStage, joinBranches } from './backbone.js';
export { createHead, type Head, type HeadKind, type HeadSettings } from './heads/index.js';
export type { ImportModule } from './module.js';
