/** Every command that README.md and the pages of docs show: its words are known, and those that a reader follows run. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { Command } from 'commander';
import { createProgram, main } from '../src/cli/main.js';
import { jpeg, png, rgb, writeTestFile } from '../src/data/folder.test.fixture.js';
import { set, temporaryFolder } from './command.fixture.js';
import { root as clone, pages } from './guide.fixture.js';

interface Shown {
  readonly file: string;
  readonly words: readonly string[];
  /** In a block of its own, with all that it needs; in a line of text it may be a part of a command. */
  readonly whole: boolean;
}

/** A shell's words, without a comment. */
const wordsOf = (line: string): string[] =>
  [...line.replace(/\s#.*$/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c);

function shownIn(file: string): Shown[] {
  const text = readFileSync(join(clone, file), 'utf8');
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, language, block]) =>
    ['', 'sh', 'bash'].includes(language) ? block.split('\n') : [],
  );
  const indented = text.split('\n').flatMap((line) => (line.startsWith('    ') ? [line.trim()] : []));
  const inline = [...text.replace(/^```.*?^```$/gms, '').matchAll(/`((?:npx|npm|nddr|node) [^`\n]+)`/g)];
  const shown = (lines: string[], whole: boolean) =>
    lines
      .filter((line) => /^(npx nddr|npm|node) [a-z-]/.test(line) || (!whole && /^nddr [a-z]/.test(line)))
      .map((line) => ({ file, words: wordsOf(line.replace(/^nddr /, 'npx nddr ')), whole }));
  return [
    ...shown([...blocks, ...indented], true),
    ...shown(
      inline.map(([, line]) => line),
      false,
    ),
  ];
}

const all = pages.flatMap(shownIn);
const scripts: Record<string, string> = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8')).scripts;

/** The command that words name, and what is left of them. */
function find(words: readonly string[], within: Command = createProgram()): { command: Command; rest: string[] } {
  const inner = within.commands.find((one) => one.name() === words[0]);
  return inner ? find(words.slice(1), inner) : { command: within, rest: [...words] };
}

function assertParses(words: readonly string[], whole: boolean): void {
  if (
    ['--help', '--version'].includes(words.at(-1) ?? '') &&
    (words.length === 1 || find(words.slice(0, -1)).rest.length === 0)
  )
    return;
  const { command, rest } = find(words);
  assert.ok(command.parent && command.commands.length === 0, 'a command of that name');
  command.configureOutput({ writeErr: () => {} });
  // Refuses values that an option does not take; text may name an option without one.
  const last = whole || !rest.at(-1)?.startsWith('--') ? rest : rest.slice(0, -1);
  const { operands, unknown } = command.parseOptions(last);
  assert.deepEqual(unknown, [], 'options that it has');
  const wanted = command.registeredArguments;
  const least = wanted.filter((argument) => argument.required).length;
  const most = wanted.at(-1)?.variadic ? Number.POSITIVE_INFINITY : wanted.length;
  assert.ok(operands.length <= most && (!whole || operands.length >= least), `${operands.length} of ${least} operands`);
}

/** What a command of `npm run bench` says of its options, by its name; '' is the one that runs without a name. */
const benchHelp = new Map<string, string>();

function assertBench(words: readonly string[]): void {
  const name = words[0]?.startsWith('-') ? '' : (words[0] ?? '');
  const found = benchHelp.get(name) ?? helpOfBench(name || 'compare');
  benchHelp.set(name, found);
  const unknown = words.filter((word) => word.startsWith('--') && !new RegExp(`${word}\\b`).test(found));
  assert.deepEqual(unknown, [], 'options that the benchmark has');
}

function helpOfBench(name: string): string {
  const main = join(clone, 'dist', 'bench', 'main.js');
  const { status, stdout } = spawnSync(process.execPath, [main, name, '--help'], { encoding: 'utf8' });
  assert.ok(status === 0 && stdout.includes(`bench ${name}`), 'a command of the benchmark');
  return stdout;
}

/** `npm ...`: scripts of package.json and what follows `--`. */
function assertNpm([name, ...rest]: readonly string[], whole: boolean): void {
  const after = rest[0] === '--' ? rest.slice(1) : rest;
  if (name === 'start') assertParses(['demo', ...after], whole);
  else if (name === 'test') {
    const tests = ['src', 'tests', 'bench'].flatMap((folder) =>
      readdirSync(join(clone, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    );
    for (const part of after)
      assert.ok(
        tests.some((file) => file.endsWith('.test.ts') && file.includes(part)),
        'a test whose path has this part',
      );
  } else if (name === 'run') {
    assert.ok(Object.hasOwn(scripts, rest[0]), 'a script of package.json');
    if (rest[0] === 'bench') assertBench(rest.slice(2));
  } else assert.ok(['install', 'pack'].includes(name), 'a command of npm');
}

test('every command that is shown exists, with its options', () => {
  assert.ok(all.length > 100 && all.some(({ file }) => file === 'README.md'), `${all.length} commands`);
  for (const { file, words, whole } of all) {
    const [program, ...rest] = words;
    try {
      if (program === 'npx') assertParses(rest.slice(1), whole);
      else if (program === 'npm') assertNpm(rest, whole);
      else assert.ok(existsSync(join(clone, rest[0])), 'a file of the clone');
    } catch (error) {
      throw new Error(`${file}: ${words.join(' ')}: ${(error as Error).message}`);
    }
  }
});

test('a command that is not there, or an option, would be found', () => {
  for (const line of ['train', 'trian a.json', 'eval runs/a --splt val', 'eval a b', 'data', 'predict a b --longest 3'])
    assert.throws(() => assertParses(wordsOf(line), true), line);
});

/** A folder in which the README's commands find what they name. */
const folder = temporaryFolder({ after });
const cwd = process.cwd();
after(() => process.chdir(cwd));

before(async () => {
  const image = (at: number) => jpeg(rgb(48, 32, (x, y) => [5 * x, 7 * y, 40 * at]));
  const classes = (count: number) =>
    png(
      48,
      32,
      1,
      Array.from({ length: 48 * 32 }, (_, i) => Math.floor((i % 48) / 8 + i / 480) % count),
    );
  for (let at = 0; at < 6; at++) {
    for (const split of ['train', 'val']) {
      await writeTestFile(join(folder, 'path/to/camvid', split, 'image', `${at}.jpg`), await image(at));
      await writeTestFile(join(folder, 'path/to/camvid', split, 'label', `${at}.png`), classes(11));
    }
    await writeTestFile(join(folder, 'photos', 'image', `${at}.jpg`), await image(at));
    await writeTestFile(join(folder, 'photos', 'label', `${at}.png`), classes(3));
  }
  await writeTestFile(join(folder, 'some-photo.jpg'), await image(3));
  cpSync(join(clone, 'examples'), join(folder, 'examples'), { recursive: true });
  cpSync(join(clone, 'tests/fixtures/nyu-v2-small.mat'), join(folder, 'nyu_depth_v2_labeled.mat'));
  cpSync(join(clone, 'tests/fixtures/weights/parameters-zip.pth'), join(folder, 'vgg16.pth'));
  process.chdir(folder);
});

/** Runs a command in this process. @returns its exit code and what it printed */
async function nddr(t: TestContext, words: readonly string[]): Promise<{ code: number; out: string; error: string }> {
  const [out, error]: [string[], string[]] = [[], []];
  const mocks = [
    t.mock.method(console, 'log', (line: string) => out.push(line)),
    t.mock.method(console, 'error', (line: string) => error.push(line)),
    t.mock.method(process.stderr, 'write', (text: string) => error.push(text)),
  ];
  try {
    const code = await main(words);
    return { code, out: out.join('\n'), error: error.join('\n') };
  } finally {
    process.exitCode = undefined;
    for (const { mock } of mocks) mock.restore();
  }
}

/** What makes a training short. */
const SHORT = set(
  ...['train.steps=3', 'train.batch=2', 'train.height=33', 'train.width=33', 'train.workers=0', 'train.threads=1'],
  ...['network.backbone.width=0.0625', 'train.evaluateEvery=3', 'train.checkpointEvery=1'],
);
/** They run for long. An experiment, with its table, and the servers have tests of their own. */
const LONG = ['experiment', 'demo', 'serve', 'studio'];

/** The commands of a page that stand in blocks, without `npx nddr`. */
const commandsOf = (page: string): string[][] =>
  shownIn(page).flatMap(({ words, whole }) => (whole && words[0] === 'npx' ? [words.slice(2)] : []));

/** Leaves a run of three steps as after a kill between its last two checkpoints. */
const cutOff = (run: string): void => rmSync(join(run, 'checkpoints/step-000003.safetensors'));

test('the commands of "Get started" run, in their order, on small data sets', async (t) => {
  const commands = commandsOf('docs/get-started.md');
  for (const name of ['train', 'eval', 'predict', 'export', 'report', 'resume', 'data', 'init'])
    assert.ok(
      commands.some(([first]) => first === name),
      `the page shows ${name}`,
    );
  for (const command of commands) {
    if (LONG.includes(command[0])) continue;
    if (command[0] === 'resume') cutOff(command[1]);
    const more = command[0] === 'train' ? SHORT : [];
    const { code, error } = await nddr(t, [...command, ...more]);
    assert.equal(code, 0, `npx nddr ${command.join(' ')}\n${error}`);
  }
  for (const file of ['model.onnx', 'report.html', 'best.safetensors', 'checkpoints/step-000003.safetensors'])
    assert.ok(existsSync(join('runs/camvid', file)), file);
  assert.deepEqual(
    readdirSync('out').sort(),
    ['boundaries.percent.png', 'boundaries.png', 'segmentation.classes.png', 'segmentation.png'].map(
      (name) => `some-photo.${name}`,
    ),
  );
  assert.ok(existsSync('picture.png') && existsSync('preview.png'));
});

test('the README shows no other command than "Get started", apart from those that train for long', () => {
  const known = commandsOf('docs/get-started.md').map((words) => words.join(' '));
  const shown = commandsOf('README.md').filter(([name]) => !LONG.includes(name));
  assert.ok(shown.length > 10);
  assert.deepEqual(
    shown.map((words) => words.join(' ')).filter((words) => !known.includes(words)),
    [],
  );
});

/** Pages whose commands work on the runs that "Get started" made. */
const LATER = ['docs/guides/export-and-prediction.md', 'docs/reference/metrics.md', 'docs/guides/training.md'];

test('the commands of the pages about trained runs run as well', async (t) => {
  cpSync('runs/photos', 'runs/single', { recursive: true });
  for (const name of ['holiday', 'archive/2019']) {
    mkdirSync(name, { recursive: true });
    cpSync('photos/image/0.jpg', join(name, 'a.jpg'));
    cpSync('photos/label/0.png', join(name, 'b.png'));
  }
  cpSync('photos', 'elsewhere/photos', { recursive: true });
  let steps = 3;
  for (const page of LATER) {
    const commands = commandsOf(page);
    assert.ok(commands.length > 1, page);
    for (const command of commands) {
      // A resumed run goes a step further in place of thousands.
      const shorter = command.map((word) => {
        if (word === '4000') return String(++steps);
        return word.replace('=/elsewhere', '=elsewhere');
      });
      if (command[0] === 'resume' && !command.includes('--steps')) cutOff(command[1]);
      const { code, error } = await nddr(t, shorter);
      assert.equal(code, 0, `${page}: npx nddr ${shorter.join(' ')}\n${error}`);
    }
  }
  assert.ok(existsSync('small.onnx'));
});

test('init says what it chose, from sizes, labels and splits, and replaces nothing unasked', async (t) => {
  const again = await nddr(t, ['init', 'photos']);
  assert.equal(again.code, 1);
  assert.match(again.error, /^error: photos\.json exists already; give --force/);
  mkdirSync('configs', { recursive: true });
  const { code, out } = await nddr(t, ['init', 'path/to/camvid', '--out', 'configs/mine.json', '--name', 'mine']);
  assert.equal(code, 0);
  assert.match(
    out,
    /as "npx nddr data init path\/to\/camvid" does.*crops: 41 x 33; images are 48 x 32 .*steps: 300 of 8/s,
  );
  assert.match(out, /each of 6 images of "train" .* judge "val"\nNext: npx nddr train configs\/mine\.json$/s);
  const { name, data, tasks, train, evaluate } = JSON.parse(readFileSync('configs/mine.json', 'utf8'));
  assert.deepEqual([name, data.root, evaluate.split], ['mine', '../path/to/camvid', 'val']);
  assert.deepEqual([tasks, train.width, train.height], [{ segmentation: { kind: 'segmentation' } }, 41, 33]);
  const without = await nddr(t, ['init', 'examples']);
  assert.equal(without.code, 1);
  assert.ok(!existsSync('examples/dataset.json') && !existsSync('examples.json'));
});

/** What each command is given that is not there, and what it says of it. */
const missing: readonly [string[], RegExp][] = [
  [['train', 'nosuch.json'], /nosuch\.json cannot be read/],
  [['resume', 'nosuch'], /nosuch holds no run/],
  [['eval', 'nosuch'], /nosuch holds no run/],
  [['eval', 'runs/camvid', '--split', 'nosuch'], /nosuch/],
  [['predict', 'nosuch', 'some-photo.jpg'], /nosuch holds no run/],
  [['predict', 'runs/camvid', 'nosuch.jpg'], /nosuch\.jpg is no file/],
  [['export', 'nosuch'], /nosuch holds no run/],
  [['export', 'runs/camvid', '--out', 'nosuch/model.onnx'], /there is no folder nosuch/],
  [['serve', 'nosuch', '--port', '0'], /nosuch holds no run/],
  [['studio', 'nosuch', '--port', '0'], /nosuch: there is no such folder/],
  [['report', 'nosuch'], /nosuch holds no run/],
  [['report', 'runs/camvid', '--out', 'nosuch/a.html'], /there is no folder nosuch/],
  [['report', 'runs/camvid', '--picture', 'nosuch/a.png'], /there is no folder nosuch/],
  [['sharing', 'nosuch'], /nosuch holds no run/],
  [['sharing', 'runs/camvid', '--picture', 'nosuch/a.svg'], /there is no folder nosuch/],
  [['export-events', 'nosuch', '--tensorboard', 'logs'], /nosuch holds no run/],
  [['experiment', 'nosuch'], /nosuch/],
  [['doctor', 'nosuch'], /nosuch cannot be read/],
  [['weights', 'match', 'photos.json', 'nosuch.pth'], /nosuch\.pth/],
  [['experiment', 'paper/ablation-init', '--data', 'nosuch'], /nosuch/],
  [['data', 'init', 'nosuch'], /nosuch/],
  [['data', 'check', 'nosuch'], /nosuch/],
  [['data', 'import', 'voc', 'nosuch', 'nosuch/voc'], /lies in the source nosuch/],
  [['data', 'import', 'voc', 'nosuch', 'imported'], /nosuch: there is no such file or folder/],
  [['data', 'preview', 'nosuch'], /nosuch/],
  [['weights', 'show', 'nosuch'], /Cannot read nosuch: there is no such file/],
  [['init', 'nosuch'], /nosuch: there is no such folder/],
  [['init', 'photos', '--out', 'nosuch/a.json'], /there is no folder nosuch/],
];

test('every command that is given what is not there says so in a message, and makes nothing', async (t) => {
  const leaves = (command: Command, path: string[]): string[] =>
    command.commands.length === 0
      ? [path.join(' ')]
      : command.commands.flatMap((one) => leaves(one, [...path, one.name()]));
  const tried = missing.map(([words]) =>
    ['data', 'weights'].includes(words[0]) ? words.slice(0, 2).join(' ') : words[0],
  );
  assert.deepEqual(new Set(tried), new Set(leaves(createProgram(), []).filter((name) => name !== 'demo')));
  for (const [words, message] of missing) {
    const { code, error } = await nddr(t, words);
    assert.equal(code, 1, words.join(' '));
    assert.match(error, message);
    assert.match(error, /^error: /m);
    assert.doesNotMatch(error, /^\s+at /m, words.join(' '));
    assert.ok(!existsSync('nosuch'), words.join(' '));
  }
});

test('a hint names a command as it is typed', () => {
  const texts = readdirSync(join(clone, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.includes('.test.'),
  );
  const names = createProgram().commands.map((one) => one.name());
  const bare = new RegExp(`(?<!npx )\\bnddr (${names.join('|')})\\b`);
  const found = texts.flatMap((name) =>
    readFileSync(join(clone, 'src', name), 'utf8')
      .split('\n')
      .filter((line) => !/^\s*(\/?\*|\/\/)/.test(line) && bare.test(line))
      .map((line) => `${name}: ${line.trim()}`),
  );
  assert.deepEqual(found, []);
});
