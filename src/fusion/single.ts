import * as z from 'zod';
import { defineFusion, fuseNothing, gatherLast } from './fusion.js';
import { shortcutSettings, withShortcut } from './shortcut.js';

/** A network of its own for every task: what the others are compared with. */
export const single = defineFusion(z.strictObject({ kind: z.literal('single'), ...shortcutSettings }), (settings) =>
  withShortcut(
    {
      name: 'single',
      towers: (tasks) => tasks,
      ...fuseNothing,
      ...gatherLast,
      shares: 'Every task has a network of its own: tasks share nothing.',
    },
    settings,
    'base',
  ),
);
