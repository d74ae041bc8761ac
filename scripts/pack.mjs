// npm run pack: compiles anew and writes nddr-VERSION.tgz. Plain npm pack runs no script here: it packs what dist holds.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root, setup } from './setup.mjs';

rmSync(join(root, 'dist'), { recursive: true, force: true });
setup();
process.exit(npm('pack') ?? 1);
