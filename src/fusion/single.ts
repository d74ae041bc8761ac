import type { Fusion } from './fusion.js';
import { last } from './shortcut.js';

/** A network of its own for every task: what the others are compared with. */
export const single: Fusion = {
  name: 'single',
  towers: (tasks) => tasks,
  fuse: (_, features) => features,
  gather: (_, stages) => last(stages),
};
