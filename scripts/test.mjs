// npm test [-- PART ...]: installs and compiles what is missing, then runs every test whose path holds one of the
// parts.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { root, setup } from './setup.mjs';

setup();
const parts = process.argv.slice(2);
const files = ['src', 'tests', 'bench']
  .flatMap((folder) =>
    readdirSync(join(root, 'dist', folder), { recursive: true }).map((name) => join('dist', folder, name)),
  )
  .filter(
    (name) =>
      name.endsWith('.test.js') && (parts.length === 0 || parts.some((part) => relative('dist', name).includes(part))),
  );
if (files.length === 0) {
  console.error(`No test matches ${parts.join(', ')}.`);
  process.exit(1);
}
// By default Node uses one processor less than there are, which is half of two; before 20.10 this cannot be set.
const [major, minor] = process.versions.node.split('.').map(Number);
const parallel = major > 20 || minor >= 10 ? [`--test-concurrency=${availableParallelism()}`] : [];
const done = spawnSync(process.execPath, ['--test', ...parallel, '--test-reporter=spec', ...files.sort()], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(done.status ?? 1);
