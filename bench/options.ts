/** The network that the command lines of the peers describe: tasks `seg` and `normal` on VGG-16. */
import { createBackbone } from '../src/backbones/index.js';
import { createFusion, type FusionConfig } from '../src/fusion/index.js';
import type { NetworkOptions } from '../src/network.js';
import { createTask } from '../src/tasks/index.js';

export interface PeerNetwork {
  /** single, shared, nddr, nddr-shortcut */
  readonly fusion: string;
  readonly width: number;
  readonly classes: number;
  readonly keep: number;
}

export function peerNetwork({ fusion, width, classes, keep }: PeerNetwork): NetworkOptions {
  const [kind, shortcut] = fusion.split(/-(?=shortcut$)/);
  const base = { shortcut: shortcut !== undefined };
  const config: FusionConfig =
    kind === 'nddr'
      ? { kind, ...base, alpha: 0.9, beta: 0.1, init: 'mixture' }
      : { kind: kind as 'single' | 'shared', ...base };
  return {
    backbone: createBackbone({ kind: 'vgg16', width, keep }),
    fusion: createFusion(config),
    tasks: [
      createTask('seg', { kind: 'segmentation', classes: Array.from({ length: classes }, (_, i) => `class ${i}`) }),
      createTask('normal', { kind: 'normals' }),
    ],
    normalisation: { mean: [0, 0, 0], deviation: [1, 1, 1] },
  };
}
