/** The modules (folders of src): which may import which, and which must run in a browser. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, posix, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const NETWORK_PARTS = ['engine', 'nn', 'backbones', 'fusion', 'drawing', 'tasks'];
const TRAINING = [...NETWORK_PARTS, 'network', 'weights', 'pretrained', 'sharing', 'train'];

/** What each module may import besides itself and the shared files. */
const SEES: Readonly<Record<string, readonly string[]>> = {
  engine: [],
  drawing: [],
  nn: ['engine'],
  backbones: ['engine', 'nn'],
  fusion: ['engine', 'nn'],
  tasks: ['engine', 'nn', 'drawing'],
  network: NETWORK_PARTS,
  weights: ['engine', 'nn'],
  pretrained: ['engine', 'nn', 'backbones', 'weights'],
  data: ['drawing', 'tasks'],
  sharing: NETWORK_PARTS,
  train: [...NETWORK_PARTS, 'network', 'weights', 'sharing'],
  web: ['drawing'],
  experiments: [...TRAINING, 'data'],
  browser: [...TRAINING, 'data', 'experiments'],
  http: [],
  serve: [...TRAINING, 'data', 'experiments', 'http'],
  studio: [...TRAINING, 'data', 'experiments', 'http'],
  cli: [...TRAINING, 'data', 'experiments', 'http', 'serve', 'studio'],
};

/** Files beside the modules that all may import; they import each other only. */
const SHARED_FILES = [
  'errors.ts',
  'random.ts',
  'nearest.ts',
  'schema.ts',
  'kinds.ts',
  'files.ts',
  'json.ts',
  'npy.ts',
  'lock.ts',
  'words.ts',
];

/** The entries of the package: they may import everything, and nothing imports them. */
const ENTRIES = ['index.ts', 'node.ts', 'web.ts'];

/** These modules run in a browser, except for folders named `node` and the runtime of Node. */
const BROWSER_MODULES = [...NETWORK_PARTS, 'network', 'sharing', 'train', 'web', 'browser'];
const NODE_RUNTIME = 'engine/runtime/node.ts';
const NODE_PACKAGES = ['onnxruntime-node', 'sharp', 'cli-progress', 'commander', 'tinyglobby'];

interface Import {
  readonly from: string;
  /** Leaves no trace in the compiled file. */
  readonly typeOnly: boolean;
}

/** Files by their path under `src`, with `/`, to their text. */
type Sources = ReadonlyMap<string, string>;

const STATIC = /^[ \t]*(?:import|export)\s+(type\s+(?!from\b))?(?:[^'"`;]*?\bfrom\s*)?['"]([^'"\n]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g;

function importsOf(text: string): Import[] {
  return [
    ...[...text.matchAll(STATIC)].map(([, type, from]) => ({ from, typeOnly: type !== undefined })),
    ...[...text.matchAll(DYNAMIC)].map(([, from]) => ({ from, typeOnly: false })),
  ];
}

const isRelative = ({ from }: Import) => from.startsWith('.');
const targetOf = (file: string, { from }: Import) => posix.join(posix.dirname(file), from).replace(/\.js$/, '.ts');

/** The module of a file; undefined for the shared files, the entries, and files that belong to none. */
function moduleOf(file: string): string | undefined {
  const name = file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, '');
  return Object.hasOwn(SEES, name) ? name : undefined;
}

/** Why a file may not import another; undefined where it may. */
function arrowFault(file: string, target: string): string | undefined {
  if (ENTRIES.includes(file)) return undefined;
  if (ENTRIES.includes(target)) return 'is an entry of the package, which nothing inside imports';
  if (SHARED_FILES.includes(target)) return undefined;
  const [module, other] = [moduleOf(file), moduleOf(target)];
  if (other === undefined) return 'belongs to no module';
  if (module === undefined) return `is in ${other}, which ${file} cannot see`;
  if (module === other || SEES[module].includes(other)) return undefined;
  return `is in ${other}, and ${module} sees only ${SEES[module].join(', ') || 'itself'}`;
}

const mayUseNode = (file: string) => file === NODE_RUNTIME || dirname(file).split('/').includes('node');

function usesNode(text: string): boolean {
  return importsOf(text).some(({ from, typeOnly }) => {
    const name = from.split('/')[from.startsWith('@') ? 1 : 0];
    return !typeOnly && (from.startsWith('node:') || builtinModules.includes(name) || NODE_PACKAGES.includes(name));
  });
}

/** The way from a file through its imports to one that needs Node; undefined where there is none. */
function wayToNode(file: string, sources: Sources, seen = new Set<string>()): string[] | undefined {
  if (seen.has(file)) return undefined;
  seen.add(file);
  const text = sources.get(file) ?? '';
  if (usesNode(text)) return [file];
  for (const each of importsOf(text)) {
    if (each.typeOnly || !isRelative(each)) continue;
    const way = wayToNode(targetOf(file, each), sources, seen);
    if (way) return [file, ...way];
  }
  return undefined;
}

/** Every broken rule, as a sentence. Tests and their fixtures may import what they like. */
function violations(sources: Sources): string[] {
  const faults: string[] = [];
  for (const [file, text] of sources) {
    if (file.includes('.test.')) continue;
    const module = moduleOf(file);
    if (module === undefined && !SHARED_FILES.includes(file) && !ENTRIES.includes(file))
      faults.push(`${file} belongs to no module`);
    for (const each of importsOf(text).filter(isRelative)) {
      const target = targetOf(file, each);
      const fault = arrowFault(file, target);
      if (fault) faults.push(`${file} imports ${target}, which ${fault}`);
    }
    if (module === undefined || !BROWSER_MODULES.includes(module) || mayUseNode(file)) continue;
    const way = wayToNode(file, sources);
    if (way) faults.push(`${way.join(' -> ')} needs Node, and ${module} runs in browsers`);
  }
  return faults;
}

function readSources(): Sources {
  const root = fileURLToPath(new URL('../../src', import.meta.url));
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return new Map(names.map((name) => [name.split(sep).join('/'), readFileSync(join(root, name), 'utf8')]));
}

test('imports follow the arrows between modules, and what runs in browsers needs no Node', () => {
  const sources = readSources();
  assert.ok(sources.size > 20, 'the sources were found');
  assert.deepEqual(violations(sources), []);
});

const planted = (...files: [path: string, text: string][]) => violations(new Map(files));

test('an import against the arrows is found, in every form that imports take', () => {
  const forms = [
    "import { a } from '../network.js';",
    "import type { A } from '../network.js';",
    "import {\n  a,\n  type B,\n} from '../network.js';",
    "import * as all from '../network.js';",
    "import '../network.js';",
    "export * from '../network.js';",
    "export type { A } from '../network.js';",
    "const late = await import('../network.js');",
  ];
  for (const form of forms) {
    assert.deepEqual(
      planted(['network.ts', ''], ['tasks/depth.ts', `const x = 'y';\n${form}`]),
      ['tasks/depth.ts imports network.ts, which is in network, and tasks sees only engine, nn, drawing'],
      form,
    );
  }
});

test('siblings, entries, strangers and shared files that import from a module are found', () => {
  const entry = ['index.ts', "export * from './fusion/index.js';"] as [string, string];
  assert.match(planted(['fusion/nddr.ts', "import { a } from '../tasks/task.js';"])[0], /is in tasks, and fusion sees/);
  assert.match(planted(['weights/pytorch.ts', "import { a } from '../data/x.js';"])[0], /is in data/);
  assert.match(
    planted(['data/folder.ts', "import { a } from '../engine/tensor.js';"])[0],
    /data sees only drawing, tasks/,
  );
  assert.match(planted(entry, ['fusion/index.ts', "import { a } from '../index.js';"])[0], /is an entry/);
  assert.match(planted(['utils.ts', ''])[0], /utils\.ts belongs to no module/);
  assert.match(planted(['errors.ts', "import type { T } from './tasks/task.js';"])[0], /errors\.ts cannot see/);
  assert.deepEqual(planted(entry, ['fusion/index.ts', "import { NddrError } from '../errors.js';"]), []);
});

test('a Node import in a browser module is found, also behind other files', () => {
  const direct = [
    "import { join } from 'node:path';",
    "import fs from 'fs';",
    "import 'fs/promises';",
    "import sharp from 'sharp';",
  ];
  for (const text of direct)
    assert.match(planted(['nn/layers.ts', text])[0], /nn\/layers\.ts needs Node, and nn runs/, text);
  const files: [string, string][] = [
    ['train/checkpoint.ts', "import { readWhole } from '../files.js';"],
    ['files.ts', "import { open } from 'node:fs/promises';"],
  ];
  assert.deepEqual(planted(...files), ['train/checkpoint.ts -> files.ts needs Node, and train runs in browsers']);
  assert.match(
    planted(['train/trainer.ts', "import { R } from './node/run.js';"], ['train/node/run.ts', "import 'node:fs';"])[0],
    /trainer\.ts -> train\/node\/run\.ts needs Node/,
  );
});

test('Node is allowed in its folders, in its runtime, and as a type', () => {
  assert.deepEqual(
    planted(
      ['train/node/run.ts', "import { open } from 'node:fs';"],
      ['engine/runtime/node.ts', "import * as ort from 'onnxruntime-node';"],
      ['train/trainer.ts', "import type { Run } from './node/run.js';"],
      ['data/folder.ts', "import { open } from 'node:fs';"],
    ),
    [],
  );
});

test('words in comments and texts are no imports', () => {
  assert.deepEqual(importsOf("// import from 'x'\nconst a = `import it from 'y'`;\nexport const b = 'from';"), []);
});
