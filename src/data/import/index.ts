/** All kinds of imports. A new one is one file in `kinds` and one row here. */
import { NddrError } from '../../errors.js';
import { suggest } from '../../schema.js';
import type { ImportKind } from './kind.js';
import { ade20k } from './kinds/ade20k.js';
import { adience } from './kinds/adience.js';
import { camvid } from './kinds/camvid.js';
import { cityscapes } from './kinds/cityscapes.js';
import { folder } from './kinds/folder.js';
import { imdbWiki } from './kinds/imdb-wiki.js';
import { kitti } from './kinds/kitti.js';
import { list } from './kinds/list.js';
import { nyuV2 } from './kinds/nyu-v2.js';
import { pascalContext } from './kinds/pascal-context.js';
import { taskonomy } from './kinds/taskonomy.js';
import { utkface } from './kinds/utkface.js';
import { voc } from './kinds/voc.js';

/** Every kind of import by its name on the command line. */
export const importKinds = {
  ade20k,
  adience,
  camvid,
  cityscapes,
  folder,
  'imdb-wiki': imdbWiki,
  kitti,
  list,
  'nyu-v2': nyuV2,
  'pascal-context': pascalContext,
  taskonomy,
  utkface,
  voc,
} satisfies Record<string, ImportKind>;

/** The kind of a name. @throws NddrError for an unknown one, naming the nearest known */
export function importKindOf(name: string): ImportKind {
  if (Object.hasOwn(importKinds, name)) return importKinds[name as keyof typeof importKinds];
  throw new NddrError(`data import: unknown kind "${name}"; ${suggest(name, Object.keys(importKinds))}`);
}
