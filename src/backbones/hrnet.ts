/**
 * HRNet-W18 (Wang, Sun et al., 2020): branches of several resolutions side by side. Each stage adds a coarser branch,
 * and in each module all branches exchange features.
 */
import * as z from 'zod';
import { addAll, type ResizeRule, relu, resizeLike, type Tensor } from '../engine/index.js';
import { convBatchNorm, convBatchNormRelu } from '../nn/layers.js';
import type { Scope } from '../nn/scope.js';
import { type BranchedStage, defineBackbone, type Stage, scaled } from './backbone.js';
import { createHead, headSchema } from './heads/index.js';
import { EXPANSION, residual, residualConv, TORCH_NORM } from './residual.js';
import { keep, width } from './settings.js';

const STEM_CHANNELS = 64;
const STEM_STRIDE = 4;
/** Residual blocks of each branch in each module, and of the first stage. */
const BLOCKS = 4;
/** Channels of the finest branch; each coarser branch has twice as many. */
const CHANNELS = 18;
/** Stages 2 to 4, each with one branch more than the stage before. */
const STAGES = [{ modules: 1 }, { modules: 4 }, { modules: 3 }];

const settings = z.strictObject({
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
});

export const hrnet18 = defineBackbone(settings, ({ width, keep, head, resize }) => {
  const first: Stage = {
    name: 'stage1',
    channels: scaled(STEM_CHANNELS, width) * EXPANSION.bottleneck,
    stride: STEM_STRIDE,
    build(scope, x) {
      const channels = scaled(STEM_CHANNELS, width);
      let y = convBatchNormRelu(scope.child('conv1'), x, residualConv({ channels, stride: 2 }));
      y = convBatchNormRelu(scope.child('conv2'), y, residualConv({ channels, stride: 2 }));
      const layer = scope.child('layer1');
      for (let i = 0; i < BLOCKS; i++) y = residual('bottleneck', layer.child(`${i}`), y, { channels });
      return y;
    },
  };
  const later = STAGES.map(({ modules }, index): BranchedStage => {
    const channels = Array.from({ length: index + 2 }, (_, branch) => scaled(CHANNELS * 2 ** branch, width));
    return {
      name: `stage${index + 2}`,
      channels,
      stride: channels.map((_, branch) => STEM_STRIDE * 2 ** branch),
      buildBranches(scope, x) {
        let branches = transition(scope.child(`transition${index + 1}`), x, channels);
        const stage = scope.child(`stage${index + 2}`);
        for (let i = 0; i < modules; i++) {
          const module = stage.child(`${i}`);
          branches = exchange(
            module.child('fuse'),
            branches.map((y, branch) => branchOf(module.child('branches').child(`${branch}`), y, channels[branch])),
            resize,
          );
        }
        return branches;
      },
    };
  });
  return {
    name: 'hrnet18',
    stages: [first, ...later],
    resize,
    head: createHead(head, { stride: STEM_STRIDE, width, keep, norm: TORCH_NORM }),
  };
});

/** Gives every branch its number of channels. The new branch is made from the coarsest one of the stage before. */
const transition = (scope: Scope, x: readonly Tensor[], channels: readonly number[]): readonly Tensor[] =>
  channels.map((wanted, branch) => {
    const at = scope.child(`${branch}`);
    if (branch >= x.length)
      return convBatchNormRelu(at, x[x.length - 1], residualConv({ channels: wanted, stride: 2 }));
    const y = x[branch];
    return y.shape[1] === wanted ? y : convBatchNormRelu(at, y, residualConv({ channels: wanted }));
  });

function branchOf(scope: Scope, x: Tensor, channels: number): Tensor {
  let y = x;
  for (let i = 0; i < BLOCKS; i++) y = residual('basic', scope.child(`${i}`), y, { channels });
  return y;
}

/** Every branch becomes the sum of all branches, each resampled to its size and converted to its channels. */
const exchange = (scope: Scope, x: readonly Tensor[], resize?: ResizeRule): readonly Tensor[] =>
  x.map((own, to) => {
    const target = scope.child(`${to}`);
    const parts = x.map((y, from) => {
      const at = target.child(`${from}`);
      if (from === to) return y;
      return from > to ? enlarged(at, y, own, resize) : halved(at, y, own, from, to);
    });
    return target.layer(() => relu(addAll(parts)));
  });

function enlarged(scope: Scope, x: Tensor, goal: Tensor, resize?: ResizeRule): Tensor {
  const y = convBatchNorm(scope, x, residualConv({ channels: goal.shape[1], kernel: 1 }));
  return scope.layer(() => resizeLike(y, goal, resize));
}

/** Reduces branch `from` to the size of branch `to`, by a 3x3 convolution of stride 2 for each branch on the way. */
function halved(scope: Scope, x: Tensor, goal: Tensor, from: number, to: number): Tensor {
  let y = x;
  for (let i = 0; i < to - from - 1; i++)
    y = convBatchNormRelu(scope.child(`${i}`), y, residualConv({ channels: x.shape[1], stride: 2 }));
  const channels = goal.shape[1];
  return convBatchNorm(scope.child(`${to - from - 1}`), y, residualConv({ channels, stride: 2 }));
}
