// npm run pack: compiles everything and writes nddr-VERSION.tgz. Plain `npm pack` would pack dist without compiling.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root, setup } from './setup.mjs';

rmSync(join(root, 'dist'), { recursive: true, force: true });
setup();
process.exit(npm('pack') ?? 1);
