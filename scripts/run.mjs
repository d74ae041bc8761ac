// node scripts/run.mjs FILE.js [ARGUMENT ...]: runs a compiled file of dist, after installing and compiling what is
// missing.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root, setup } from './setup.mjs';

setup();
const [file, ...rest] = process.argv.slice(2);
const done = spawnSync(process.execPath, [join(root, 'dist', file), ...rest], { stdio: 'inherit' });
process.exit(done.status ?? 1);
