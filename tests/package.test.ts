/** The package as a user gets it: what npm packs, in a folder of its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const MOST_BYTES = 5e6;

interface Packed {
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/** What `npm pack` would put into the tarball. */
function pack(): Packed {
  const entry = process.env.npm_execpath;
  const [command, first] = entry?.endsWith('npm-cli.js') ? [process.execPath, [entry]] : ['npm', []];
  const shell = command === 'npm' && process.platform === 'win32';
  const done = spawnSync(command, [...first, 'pack', '--dry-run', '--json'], { cwd: root, encoding: 'utf8', shell });
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout)[0];
}

const packed = pack();
const paths = packed.files.map(({ path }) => path);
const folder = mkdtempSync(join(tmpdir(), 'nddr-package-'));
const app = join(folder, 'app');
const installed = join(app, 'node_modules', 'nddr');

before(() => {
  for (const path of paths) cpSync(join(root, path), join(installed, path));
  // The package's own dependencies, where npm puts them: above it.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs Node in the user's folder. @returns what it printed */
function node(...args: string[]): string {
  const done = spawnSync(process.execPath, args, { cwd: app, encoding: 'utf8' });
  assert.equal(done.status, 0, done.stdout + done.stderr);
  return done.stdout;
}

test('the package is small and holds the library with its types, and no test', () => {
  assert.ok(packed.size < MOST_BYTES, `${packed.size} bytes`);
  const wanted = ['LICENSE', 'CHANGELOG.md', 'bin/nddr.js', 'docs/reference/library.md', 'examples/rooms.json'];
  for (const path of [...wanted, 'dist/studio/index.html']) assert.ok(paths.includes(path), `${path} is packed`);
  const { exports, types } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const named = [types, ...['.', './node', './web'].flatMap((entry) => Object.values(exports[entry]))] as string[];
  for (const path of named) assert.ok(paths.includes(path.replace('./', '')), `${path} is packed`);
  assert.deepEqual(
    paths.filter((path) => /\.test\.|fixture|^tests|^bench|^scripts|^src/.test(path)),
    [],
  );
  const scripts = paths.filter((path) => path.endsWith('.js') && path.startsWith('dist/src'));
  assert.deepEqual(
    scripts.filter((path) => !paths.includes(path.replace(/\.js$/, '.d.ts'))),
    [],
    'every file has its types',
  );
});

test('the command works without sources or scripts', () => {
  assert.match(node(join(installed, 'bin', 'nddr.js'), '--help'), /Usage: nddr .*train \[options\] <config>/s);
  assert.match(node(join(installed, 'bin', 'nddr.js'), 'experiment', '--help'), /Presets: paper\/ablation-init, /);
});

/** Every module that a compiled file loads, itself included; packages by their name. */
function loaded(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const text = readFileSync(path, 'utf8');
  for (const [, named, bare] of text.matchAll(/\bfrom ['"]([^'"]+)['"]|\bimport\(? ?['"]([^'"]+)['"]/g)) {
    const from = named ?? bare;
    if (from.startsWith('.')) loaded(join(dirname(path), from), seen);
    else seen.add(from);
  }
  return seen;
}

test('the entry "nddr" loads no module of Node, and no package that needs it', () => {
  const modules = [...loaded(join(root, 'dist', 'src', 'index.js'))];
  assert.ok(modules.length > 30, 'the imports were followed');
  const bare = modules.filter((name) => !name.includes(root));
  assert.deepEqual(
    bare.filter((name) => name.startsWith('node:') || builtinModules.includes(name)),
    [],
  );
  assert.deepEqual([...new Set(bare.map((name) => name.replace(/^(@[^/]+\/[^/]+|[^/]+).*/, '$1')))].sort(), [
    '@bufbuild/protobuf',
    'zod',
  ]);
});

/** The blocks of TypeScript of a guide; none where it is not there. */
function examplesIn(name: string): string[] {
  const path = join(root, name);
  if (!existsSync(path)) return [];
  return [...readFileSync(path, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block);
}

const examples = ['README.md', 'docs/reference/library.md', 'docs/guides/export-and-prediction.md'].flatMap(examplesIn);

/** Replaces a part that must be there. */
function cut(text: string, part: RegExp, by: string): string {
  assert.match(text, part);
  return text.replace(part, by);
}

test('the examples of the guides have their types', () => {
  const files = examples.map((example, i) => {
    writeFileSync(join(app, `example-${i}.ts`), example);
    return `example-${i}.ts`;
  });
  const options = { strict: true, module: 'NodeNext', target: 'ES2023', types: ['node'], noEmit: true };
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files }));
  node(join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', app);
});

test('the first example trains a network', () => {
  let short = cut(examples[0], /\bsteps: \d+/, 'steps: 2');
  short = cut(short, /\bkind: 'rooms'[^}]*/, "kind: 'rooms', length: { train: 8, test: 1 }");
  const narrow = "backbone: { kind: 'vgg16', width: 0.0625 }";
  short = /\bnetwork:/.test(short)
    ? cut(short, /\bbackbone: \{[^}]*\}/, narrow)
    : cut(short, /\btrain:/, `network: { ${narrow} }, $&`);
  writeFileSync(join(app, 'first.mjs'), short);
  assert.match(node('first.mjs'), /^1 \{.*^2 \{/ms);
  assert.deepEqual(readdirSync(join(app, 'runs', 'first')).sort(), [
    'best.safetensors',
    'checkpoints',
    'config.json',
    'events.jsonl',
  ]);
});

test('the example of a graph finds the line', () => {
  const graph = examples.find((example) => example.includes('gradients(loss'));
  assert.ok(graph);
  writeFileSync(join(app, 'graph.mjs'), graph);
  assert.equal(node('graph.mjs').trim(), '2.000 -1.000');
});
