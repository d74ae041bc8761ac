/** All backbones of the package. A new one is one file and one row of `backbones`: docs/guides/add-a-backbone.md. */
import * as z from 'zod';
import { NddrError } from '../errors.js';
import { kindFor, settingsOf } from '../kinds.js';
import { parseStrict } from '../schema.js';
import { alexnet } from './alexnet.js';
import type { Backbone, BackboneKind } from './backbone.js';
import { headSchema } from './heads/index.js';
import { hrnet18 } from './hrnet.js';
import { mobilenetv2 } from './mobilenetv2.js';
import { type ImportModule, loadModule } from './module.js';
import { resnet } from './resnet.js';
import { keep, width } from './settings.js';
import { tiny } from './tiny.js';
import { vgg16 } from './vgg16.js';

/** Every kind of backbone that comes with the package. */
const backbones = [vgg16, resnet, alexnet, mobilenetv2, hrnet18, tiny] as const satisfies readonly BackboneKind[];

/** Settings of a backbone in a file of the user's. */
const moduleSettings = z.looseObject({
  kind: z.literal('module'),
  width,
  keep: keep(1),
  head: headSchema.default('linear'),
  path: z
    .string()
    .describe(
      'File whose default export returns the stages (docs/guides/add-a-backbone.md). It gets all settings; keys that are not listed here are its own.',
    ),
});

export const backboneSchema = z.discriminatedUnion('kind', [...settingsOf(backbones), moduleSettings]);

export type BackboneConfig = z.infer<typeof backboneSchema>;
/** Of the backbones in the package; what is left out has its default. */
export type BuiltInBackbone = Exclude<z.input<typeof backboneSchema>, { kind: 'module' }>;

/** @throws NddrError for an unknown kind or key, naming the nearest known one, and for a value that does not fit */
export function createBackbone(config: BuiltInBackbone): Backbone {
  const settings = parseStrict(backboneSchema, config, 'network.backbone');
  if (settings.kind === 'module')
    throw new NddrError(`network.backbone: ${settings.path} is a module, which only loadBackbone can import.`);
  return kindFor<BackboneKind>(backbones, settings).create(settings);
}

/** The same, also of a file of the user's. @throws NddrError when that file makes no backbone */
export const loadBackbone = async (config: BackboneConfig, importModule: ImportModule): Promise<Backbone> =>
  config.kind === 'module' ? loadModule(config, importModule) : createBackbone(config);

export type { Backbone, BranchedStage, Stage } from './backbone.js';
export { branchSuffix, buildStage, joinBranches, widthsOf } from './backbone.js';
export { createHead, type Head, type HeadKind, type HeadSettings } from './heads/index.js';
export type { ImportModule } from './module.js';
