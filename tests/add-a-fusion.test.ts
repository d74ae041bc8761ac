/** Follows docs/guides/add-a-fusion.md in a copy of the sources: one file and one row must be enough. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyOfSources, guide, linesOf, node } from './guide.fixture.js';

test('the guide to a new fusion adds one that passes the tests of all fusions', (t) => {
  const [file, importLine, row] = guide('add-a-fusion')('ts');
  assert.ok(linesOf(file) < 40, `${linesOf(file)} lines`);

  const copy = copyOfSources(t);
  copy.write('src/fusion/mean.ts', file);
  copy.change('src/fusion/index.ts', (text) => text.replace(/^export const fusionKinds = \[/m, `$&${row.trim()} `));
  copy.change('src/fusion/index.ts', (text) => importLine + text);
  copy.compile('src/fusion/registry.test.ts');

  const tests = 'dist/src/fusion/registry.test.js';
  const report = node(copy.folder, '--test', '--test-reporter=tap', '--test-name-pattern=^mean', tests);
  // Two tests for each of one, two and three tasks, one of its shares, and two of its stages.
  assert.match(report, /^# pass 9$/m, report);
});
