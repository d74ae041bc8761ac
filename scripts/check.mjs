// npm run check: format, lint, types and import arrows; fails at the first that does not hold.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root, setup } from './setup.mjs';

setup();
const bin = (...path) => join(root, 'node_modules', ...path);
const checks = [
  ['format and lint', [bin('@biomejs', 'biome', 'bin', 'biome'), 'ci', '--error-on-warnings', '.']],
  ['types', [bin('typescript', 'bin', 'tsc'), '--noEmit', '-p', root]],
  ['types of pages', [bin('typescript', 'bin', 'tsc'), '--noEmit', '-p', join(root, 'tsconfig.web.json')]],
  ['types of the studio', [bin('typescript', 'bin', 'tsc'), '-p', join(root, 'tsconfig.studio.json')]],
  ['import arrows', ['--test', '--test-reporter=dot', join(root, 'dist', 'tests', 'imports.test.js')]],
];
for (const [name, args] of checks) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`${name}: failed`);
    process.exit(1);
  }
  console.log(`${name}: ok`);
}
