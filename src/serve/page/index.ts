/** The page on which a model can be tried, as files by their paths. It needs nothing from elsewhere. */
import { PAGE } from './html.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';

export const pageFiles: Readonly<Record<string, { readonly type: string; readonly text: string }>> = {
  '/': { type: 'text/html', text: PAGE },
  '/page.css': { type: 'text/css', text: STYLE },
  '/page.js': { type: 'text/javascript', text: SCRIPT },
};
