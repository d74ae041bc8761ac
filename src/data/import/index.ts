/** All kinds of imports. A new one is one file in `kinds` and one row here. */
import { NddrError } from '../../errors.js';
import { suggest } from '../../schema.js';
import type { ImportKind } from './kind.js';
import { adience } from './kinds/adience.js';
import { camvid } from './kinds/camvid.js';
import { imdbWiki } from './kinds/imdb-wiki.js';
import { nyuV2 } from './kinds/nyu-v2.js';
import { utkface } from './kinds/utkface.js';

/** Every kind of import by its name on the command line. */
export const importKinds = {
  camvid,
  'nyu-v2': nyuV2,
  'imdb-wiki': imdbWiki,
  adience,
  utkface,
} satisfies Record<string, ImportKind>;

/** The kind of a name. @throws NddrError for an unknown one, naming the nearest known */
export function importKindOf(name: string): ImportKind {
  if (Object.hasOwn(importKinds, name)) return importKinds[name as keyof typeof importKinds];
  throw new NddrError(`data import: unknown kind "${name}"; ${suggest(name, Object.keys(importKinds))}`);
}
