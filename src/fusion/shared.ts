import type { Fusion } from './fusion.js';
import { last } from './shortcut.js';

/** One trunk for all tasks, a head for each: the multi-task baseline of the paper. */
export const shared: Fusion = {
  name: 'shared',
  towers: () => ['shared'],
  fuse: (_, features) => features,
  gather: (_, stages) => last(stages),
};
