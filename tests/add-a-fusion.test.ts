/** Follows docs/add-a-fusion.md in a copy of the sources: one file and one row must be enough. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the guide to a new fusion adds one that passes the tests of all fusions', () => {
  const guide = readFileSync(join(root, 'docs', 'add-a-fusion.md'), 'utf8');
  const [file, importLine, row] = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block);
  const code = file.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('import '));
  assert.ok(code.length < 30, `${code.length} lines`);

  const copy = mkdtempSync(join(tmpdir(), 'nddr-guide-'));
  const node = (...args: string[]): string => {
    // Within a test Node would hand a test runner's report to the outer one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const done = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', env });
    assert.equal(done.status, 0, done.stdout + done.stderr);
    return done.stdout;
  };
  try {
    for (const name of ['src', 'package.json', 'tsconfig.json'])
      cpSync(join(root, name), join(copy, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
    writeFileSync(join(copy, 'src', 'fusion', 'mean.ts'), file);
    const registry = join(copy, 'src', 'fusion', 'index.ts');
    const before = readFileSync(registry, 'utf8');
    const after = `${importLine}${before.replace(/^export const fusionKinds = \[/m, `$&${row.trim()} `)}`;
    assert.notEqual(after, importLine + before);
    writeFileSync(registry, after);
    const options = { extends: './tsconfig.json', include: [], files: ['src/fusion/registry.test.ts'] };
    writeFileSync(join(copy, 'guide.json'), JSON.stringify(options));
    node(join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'guide.json');

    const tests = join('dist', 'src', 'fusion', 'registry.test.js');
    const report = node('--test', '--test-reporter=tap', '--test-name-pattern=^mean', tests);
    // Two tests for each of one, two and three tasks, and two of its stages.
    assert.match(report, /^# pass 8$/m, report);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});
