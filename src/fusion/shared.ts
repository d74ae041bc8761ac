import * as z from 'zod';
import { defineFusion, fuseNothing, gatherLast } from './fusion.js';
import { shortcutSettings, withShortcut } from './shortcut.js';

/** One trunk for all tasks, a head for each: the multi-task baseline of the paper. */
export const shared = defineFusion(z.strictObject({ kind: z.literal('shared'), ...shortcutSettings }), (settings) =>
  withShortcut(
    {
      name: 'shared',
      towers: () => ['shared'],
      ...fuseNothing,
      ...gatherLast,
      shares: 'All tasks share one trunk: its features belong to no task, so nothing can be divided between them.',
    },
    settings,
    'base',
  ),
);
