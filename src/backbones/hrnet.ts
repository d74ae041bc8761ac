/**
 * HRNet-W18 (Wang, Sun et al., 2020): resolutions side by side from the first stage to the last, a coarser one joining
 * at every stage, all exchanging features in every module.
 */
import { addAll, type ResizeRule, relu, resizeLike, type Tensor } from '../engine/index.js';
import { convBatchNorm, convBatchNormRelu } from '../nn/layers.js';
import type { Scope } from '../nn/scope.js';
import { type Backbone, type BranchedStage, type Stage, scaled } from './backbone.js';
import { createHead, type HeadKind } from './heads/index.js';
import { EXPANSION, residual, residualConv, TORCH_NORM } from './residual.js';

const STEM_CHANNELS = 64;
const STEM_STRIDE = 4;
/** Of every branch in every module, and of the first stage's one branch. */
const BLOCKS = 4;
/** Of the finest branch; each coarser one has twice as many. */
const CHANNELS = 18;
/** Stages 2 to 4: a branch more each. */
const STAGES = [{ modules: 1 }, { modules: 4 }, { modules: 3 }];

export interface HrnetOptions {
  /** Multiplies every channel count; 1 is the published network. */
  readonly width?: number;
  /** Probability with which dropout keeps a feature in the head. */
  readonly keep?: number;
  readonly head?: HeadKind;
  /** How branches are brought to one another's size. */
  readonly resize?: ResizeRule;
}

export function hrnet18(options: HrnetOptions = {}): Backbone {
  const { width = 1, keep = 1, head = 'multiscale', resize } = options;
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
  const norm = TORCH_NORM;
  return {
    name: 'hrnet18',
    stages: [first, ...later],
    resize,
    head: createHead(head, { stride: STEM_STRIDE, width, keep, norm }),
  };
}

/** Brings every branch to its channels, and makes the coarsest one of the coarsest before. */
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

/** Every branch becomes the sum of all, brought to its size and channels. */
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

/** A 3x3 convolution of stride 2 a halving; the last one gives the channels of the goal and is not rectified. */
function halved(scope: Scope, x: Tensor, goal: Tensor, from: number, to: number): Tensor {
  let y = x;
  for (let i = 0; i < to - from - 1; i++)
    y = convBatchNormRelu(scope.child(`${i}`), y, residualConv({ channels: x.shape[1], stride: 2 }));
  const channels = goal.shape[1];
  return convBatchNorm(scope.child(`${to - from - 1}`), y, residualConv({ channels, stride: 2 }));
}
