/** The parts of `npm run mutate`, on small pieces of code. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { executedIn, isExecuted } from './coverage.js';
import { EQUIVALENT } from './equivalent.js';
import { mutantsOf, mutated } from './mutants.js';
import { MODULE, TEXT } from './replace-module.js';
import { equivalentOf, type Fate, type Fated, fileTable, summaryOf } from './report.js';
import { runTest } from './run-test.js';
import { root } from './tests.js';

const changesOf = (code: string): string[] => mutantsOf(code).map(({ change }) => change);

/** Code, and every change of it. Numbers and conditions that are not meant are avoided. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  'x = a - b;': ['a - b -> (a + b)'],
  'x = (a + c) * b;': ['(a + c) * b -> ((a + c) / b)', 'a + c -> (a - c)'],
  'x = a < b;': ['a < b -> (a <= b)', 'a < b -> (a >= b)', 'a < b -> false', 'a < b -> true'],
  'x = a ?? b;': ['a ?? b -> (a && b)'],
  'x = !a;': ['!a -> a'],
  'x += a;': ['x += a -> x -= a'],
  'x = 0;': ['0 -> 1'],
  'x = 7;': ['7 -> (7 + 1)'],
  'x = true;': ['true -> false'],
  'if (a) b = c;': ['a -> false', 'a -> true'],
  'x = a ? b : c;': ['a -> false', 'a -> true'],
  'for (; a.b; a.c++) c = d;': ['a.b -> false'],
  'for (; a.b; a.c++, e++) c = d;': ['a.b -> false'],
  'a++;': ['a++ -> a--'],
  'x = Math.min(a, b);': ['Math.min -> Math.max'],
  'x = a.some(b);': ['some -> every'],
  'x = a.filter(b).map(c);': ['a.filter(b) -> a'],
  'x = mul(a, b);': ['mul(a, b) -> (a)'],
  'x = a.times(b);': ['a.times(b) -> a', 'times -> over'],
  'x = a.minus(b);': ['a.minus(b) -> a', 'minus -> plus'],
  'f(a);': ['f(a); -> ;'],
  'x = [a, b];': ['[a, b] -> []'],
  'x = a?.b;': ['a?.b -> a.b'],
  'function f() { g = a; }': ['{ g = a; } -> {}'],
};

for (const [code, changes] of Object.entries(CHANGES)) {
  test(`${code} has the mutants ${changes.join(', ')}`, () => {
    assert.deepEqual(changesOf(code).sort(), [...changes].sort());
    for (const mutant of mutantsOf(code)) assert.doesNotThrow(() => mutantsOf(mutated(code, mutant)), mutant.change);
  });
}

test('texts, comments, imports and what only makes a message have no mutants', () => {
  assert.deepEqual(changesOf(`import { a } from 'b'; // a - b\nx = 'a - b' + c;\ny = \`a + \${b}\`;`), []);
  assert.deepEqual(changesOf(`throw new TypeError(\`\${a + 1} of \${b - 1}\`);`), []);
  assert.deepEqual(changesOf("x = z.number().describe('is' + 1);"), []);
  assert.deepEqual(changesOf('x = { message: a + 1 };'), []);
});

test('a mutant changes the place that it names', () => {
  const code = 'x = a - (b - c);';
  assert.deepEqual(
    mutantsOf(code).map((mutant) => mutated(code, mutant)),
    ['x = (a + (b - c));', 'x = a - ((b + c));'],
  );
});

test('the innermost range of a report says whether a character was executed, and any report suffices', () => {
  const range = (startOffset: number, endOffset: number, count: number) => ({ startOffset, endOffset, count });
  const report = (...ranges: ReturnType<typeof range>[]) => ({ url: 'x', functions: [{ ranges }] });
  const first = report(range(0, 10, 1), range(2, 6, 0), range(3, 4, 5));
  assert.deepEqual(executedIn([first]), [0, 2, 3, 4, 6, 10]);
  const executed = executedIn([first, report(range(0, 10, 0), range(4, 5, 1))]);
  assert.deepEqual(executed, [0, 2, 3, 5, 6, 10]);
  const at = [0, 1, 2, 3, 4, 5, 6, 9, 10].filter((offset) => isExecuted(executed, offset));
  assert.deepEqual(at, [0, 1, 3, 4, 6, 9]);
  assert.equal(isExecuted([], 3), false);
});

const folder = mkdtempSync(join(tmpdir(), 'nddr-mutation-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('a mutant stands in the place of its module, in the process and in its threads', async () => {
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const module = write('module.mjs', 'export const value = 1;');
  const text = write('mutant.mjs', 'export const value = 2;');
  const thread = write('thread.mjs', "import { value } from './module.mjs'; if (value !== 1) process.exit(3);");
  const main = write('main.mjs', "import { value } from './module.mjs'; if (value !== 1) process.exit(3);");
  const starter = write(
    'starter.mjs',
    `import { Worker } from 'node:worker_threads';
     new Worker(${JSON.stringify(thread)}).on('exit', (status) => process.exit(status));`,
  );
  const register = pathToFileURL(fileURLToPath(new URL('./register.js', import.meta.url))).href;
  const env = { NODE_OPTIONS: `--import=${register}`, [MODULE]: pathToFileURL(module).href, [TEXT]: text };
  for (const file of [main, starter]) {
    assert.equal((await runTest(file, {}, 60)).result, 'passed', file);
    assert.equal((await runTest(file, env, 60)).result, 'failed', file);
  }
});

test('a test file ends at the first test that fails', async () => {
  const text =
    "import { test } from 'node:test'; test('a', () => { throw 1; }); test('b', () => new Promise(() => setInterval(() => {}, 1000)));";
  writeFileSync(join(folder, 'failing.mjs'), text);
  assert.equal((await runTest(join(folder, 'failing.mjs'), {}, 60)).result, 'failed');
});

test('a test that never ends is late', async () => {
  writeFileSync(join(folder, 'endless.mjs'), 'setInterval(() => {}, 1000);');
  assert.equal((await runTest(join(folder, 'endless.mjs'), {}, 0.2)).result, 'late');
});

const fated = (file: string, fate: Fate, change = ''): Fated => ({
  ...{ start: 0, end: 0, replacement: '', change, module: file, fate },
  place: { file, line: 1, text: 'a - b' },
});

test('late mutants are killed, uncovered ones survive, and equivalent ones do not count', () => {
  const fates: Fate[] = ['killed', 'killed', 'late', 'survived', 'uncovered', 'equivalent'];
  const mutants = fates.map((fate) => fated('x.ts', fate));
  assert.deepEqual(summaryOf(mutants), { mutants: 6, killed: 3, late: 1, survived: 2, equivalent: 1, score: 60 });
  assert.equal(summaryOf([]).score, 100);
  const table = fileTable([...mutants, fated('a.ts', 'killed')]);
  assert.deepEqual(
    table.rows.map(({ name, cells }) => [name, cells.at(-1)?.text]),
    [
      ['a.ts', '100.0'],
      ['x.ts', '60.0'],
      ['all', '66.7'],
    ],
  );
});

test('an equivalent mutant is known by file, source line and change', () => {
  const table = [{ file: 'x.ts', line: 'a - b', changes: ['a - b -> (a + b)'], why: 'b is 0' }];
  assert.equal(equivalentOf(fated('x.ts', 'killed', 'a - b -> (a + b)'), table), table[0]);
  assert.equal(equivalentOf(fated('y.ts', 'killed', 'a - b -> (a + b)'), table), undefined);
  assert.equal(equivalentOf(fated('x.ts', 'killed', 'a - b -> b'), table), undefined);
});

test('every row of the table of equivalent mutants names a line that its file has', () => {
  for (const { file, line } of EQUIVALENT) {
    const lines = readFileSync(join(root, file), 'utf8').split('\n');
    assert.ok(
      lines.some((one) => one.trim() === line),
      `${file} has the line ${line}`,
    );
  }
});
