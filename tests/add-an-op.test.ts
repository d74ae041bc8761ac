/** docs/guides/add-an-op.md as a reader would follow it, in a copy of the sources: its file, its row, its case and its test. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyOfSources, guide, linesOf, node, patched, tryNode } from './guide.fixture.js';

const blocksOf = guide('add-an-op');

test('one new file and one row make an op, which fails the tests until it has a case and a right gradient', (t) => {
  const [file, extremes] = blocksOf('ts');
  const [row, gradientCase] = blocksOf('diff');
  assert.ok(linesOf(file) < 30, `${linesOf(file)} lines`);

  const copy = copyOfSources(t);
  copy.write('src/engine/ops/huber.ts', file);
  copy.write('src/engine/ops/huber.test.ts', extremes);
  copy.change('src/engine/ops/index.ts', (text) => patched(text, row));
  const build = () => copy.compile('src/engine/gradients.test.ts', 'src/engine/ops/huber.test.ts');
  const gradientTests = <T>(run: (cwd: string, ...args: string[]) => T): T =>
    run(
      copy.folder,
      ...['--test', '--test-reporter=tap', '--test-name-pattern=has a case here|of huber'],
      'dist/src/engine/gradients.test.js',
    );

  build();
  assert.match(gradientTests(tryNode).stdout, /huber has a gradient, but no case in gradients\.test\.cases\.ts/);

  copy.change('src/engine/gradients.test.cases.ts', (text) => patched(text, gradientCase));
  build();
  assert.match(gradientTests(node), /^# pass 2$/m);
  assert.match(node(copy.folder, '--test', '--test-reporter=tap', 'dist/src/engine/ops/huber.test.js'), /^# pass 2$/m);

  copy.change('dist/src/engine/ops/huber.js', (text) => text.replace('sumTo(neg(da)', 'sumTo((da)'));
  assert.match(gradientTests(tryNode).stdout, /\[3,4\] with \[3,4\]: off by/);
});
