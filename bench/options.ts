/** The network that the command lines of the peers describe: up to six tasks on VGG-16. */
import { createBackbone } from '../src/backbones/index.js';
import { createFusion, fusionSchema } from '../src/fusion/index.js';
import type { NetworkOptions } from '../src/network.js';
import { createTask } from '../src/tasks/index.js';
import type { Task } from '../src/tasks/task.js';

export interface PeerNetwork {
  /** A kind of fusion, with `-shortcut` behind it where the heads see the features of every stage. */
  readonly fusion: string;
  readonly width: number;
  readonly classes: number;
  readonly keep: number;
  /** How many of `TASKS` it has, from the first on; 2 by default. */
  readonly tasks?: number;
}

/** Names of the tasks and their kinds, in the order in which they join; those of the peer have the same names. */
export const TASKS = {
  seg: 'segmentation',
  normal: 'normals',
  depth: 'depth',
  edge: 'boundaries',
  seg2: 'segmentation',
  normal2: 'normals',
} as const;

/** Weights of the losses, as the peer has them. */
export const LOSS_WEIGHTS = { normal: 20, normal2: 20 };

/** Every kind of fusion, and the published network's shortcut. */
export const FUSIONS: readonly string[] = [
  ...fusionSchema.options.map(({ shape }) => shape.kind.value),
  'nddr-shortcut',
];

/** Those of them that `bench/peers/torch_nddr.py` has as well. */
export const PEER_FUSIONS: readonly string[] = ['single', 'shared', 'cross-stitch', 'nddr', 'nddr-shortcut'];

export function peerNetwork({ fusion, width, classes, keep, tasks = 2 }: PeerNetwork): NetworkOptions {
  const [kind, shortcut] = fusion.split(/-(?=shortcut$)/);
  const names = Array.from({ length: classes }, (_, i) => `class ${i}`);
  const taskOf = ([name, kind]: [string, string]): Task =>
    createTask(name, kind === 'segmentation' ? { kind, classes: names } : { kind });
  return {
    backbone: createBackbone({ kind: 'vgg16', width, keep }),
    fusion: createFusion(
      fusionSchema.parse(
        // The peer resizes by sizes alone.
        shortcut ? { kind, shortcut: true, shortcutResize: 'half-pixel' } : { kind },
      ),
    ),
    tasks: Object.entries(TASKS).slice(0, tasks).map(taskOf),
    normalisation: { mean: [0, 0, 0], deviation: [1, 1, 1] },
  };
}
