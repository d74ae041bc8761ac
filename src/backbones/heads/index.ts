/** All heads: layers that turn the features of the last stage into logits. */
import * as z from 'zod';
import { aspp } from './aspp.js';
import type { Head, HeadSettings } from './head.js';
import { largefov } from './largefov.js';
import { linear } from './linear.js';
import { multiscale } from './multiscale.js';

const heads = { largefov, aspp, linear, multiscale } satisfies Record<string, (settings: HeadSettings) => Head>;

export type HeadKind = keyof typeof heads;

export const headKinds = Object.keys(heads) as HeadKind[];

export const headSchema = z
  .enum(headKinds)
  .describe(
    'Layers that turn features into logits: "largefov" (DeepLab-LargeFOV), "aspp" (DeepLab v3; needs batches of 2 ' +
      'or more), "linear" (a 1x1 convolution), "multiscale" (HRNetV2).',
  );

export const createHead = (kind: HeadKind, settings: HeadSettings): Head => heads[kind](settings);
export type { Head, HeadSettings } from './head.js';
