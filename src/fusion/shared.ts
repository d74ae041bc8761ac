import * as z from 'zod';
import { defineFusion, gatherLast } from './fusion.js';
import { shortcutSettings, withShortcut } from './shortcut.js';

/** One trunk for all tasks, a head for each: the multi-task baseline of the paper. */
export const shared = defineFusion(z.strictObject({ kind: z.literal('shared'), ...shortcutSettings }), (settings) =>
  withShortcut(
    { name: 'shared', towers: () => ['shared'], fuse: (_, features) => features, gather: gatherLast },
    settings,
    'base',
  ),
);
