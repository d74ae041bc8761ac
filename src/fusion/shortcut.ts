/** The shortcut of NDDR-CNN (section 3.4): heads see the features of every stage. */
import * as z from 'zod';
import { concat, resizeLike } from '../engine/index.js';
import { convBatchNormRelu } from '../nn/layers.js';
import type { Group } from '../nn/scope.js';
import { type Fusion, last, toTasks } from './fusion.js';
import { normedBlocks } from './mixed.js';

const shortcut = z.boolean().default(false).describe('Whether the heads see the features of every stage.');

const shortcutResize = z
  .enum(['cells', 'half-pixel', 'legacy'])
  .default('cells')
  .describe(
    'How the shortcut resamples stages to the size of the last one. "cells": by where their cells lie in the image. ' +
      '"half-pixel": as PyTorch. "legacy": as TensorFlow 1 and as published. The latter two shift features.',
  );

/** The settings of a fusion that may have a shortcut. */
export const shortcutSettings = { shortcut, shortcutResize };

interface ShortcutSettings {
  readonly shortcut: boolean;
  readonly shortcutResize: z.output<typeof shortcutResize>;
}

/**
 * The same fusion with a shortcut, if its settings say so: the features of all stages, resized to the last one's size and
 * concatenated, are reduced to the last stage's channels by a 1x1 convolution, batch normalisation and ReLU.
 * @param group a shortcut between networks that exchange features is a fusion layer and follows its learning rate
 */
export function withShortcut(fusion: Fusion, settings: ShortcutSettings, group: Group): Fusion {
  if (!settings.shortcut) return fusion;
  return {
    ...fusion,
    name: `${fusion.name} with shortcut`,
    gather(context, stages) {
      const layer = context.scope.child('shortcut').inGroup(group);
      const reduced = context.towers.map((tower, index) => {
        const goal = last(stages)[index];
        const all = layer.layer(() =>
          concat(
            stages.map((features) => resizeLike(features[index], goal, settings.shortcutResize)),
            1,
          ),
        );
        return convBatchNormRelu(layer.child(tower), all, { channels: goal.shape[1], kernel: 1 });
      });
      return toTasks(context, reduced);
    },
    gathered({ layer, towers, stageChannels }) {
      const at = layer('shortcut');
      return [
        {
          layer: at.path,
          stage: stageChannels.length,
          of: 'stages',
          sources: stageChannels.map((_, k) => `stage ${k + 1}`),
          outputs: towers.map((name) => ({ name, perRow: 1, blocks: normedBlocks(at, name, stageChannels) })),
        },
      ];
    },
  };
}
