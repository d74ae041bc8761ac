/**
 * The scripts that install and compile a fresh clone, in a copy whose npm, compiler and bundlers only write down that they ran.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from './command.fixture.js';
import { root as clone } from './guide.fixture.js';

/** Takes a while, so that two installations would overlap; ends with an error where one is under way. */
const FAKE_NPM = `
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
appendFileSync('log', process.argv.slice(2).join(' ') + '\\n');
if (existsSync('installing')) process.exit(7);
writeFileSync('installing', '');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
mkdirSync('node_modules/typescript/bin', { recursive: true });
writeFileSync('node_modules/typescript/bin/tsc', \`require('node:fs').mkdirSync('dist', { recursive: true }); require('node:fs').appendFileSync('log', 'tsc\\\\n');\`);
writeFileSync('node_modules/typescript/package.json', '{}');
mkdirSync('node_modules/esbuild');
writeFileSync('node_modules/esbuild/index.js', \`exports.buildSync = () => { require('node:fs').mkdirSync('dist/web', { recursive: true }); require('node:fs').appendFileSync('log', 'esbuild\\\\n'); };\`);
mkdirSync('node_modules/vite/bin', { recursive: true });
writeFileSync('node_modules/vite/bin/vite.js', \`require('node:fs').mkdirSync('dist/studio', { recursive: true }); require('node:fs').appendFileSync('log', 'vite\\\\n');\`);
writeFileSync('node_modules/vite/package.json', '{}');
rmSync('installing');
if (existsSync('broken')) process.exit(1);
`;

function freshClone(t: TestContext): string {
  const root = temporaryFolder(t);
  cpSync(join(clone, 'scripts'), join(root, 'scripts'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'package-lock.json'), '{}');
  mkdirSync(join(root, 'src', 'studio', 'page'), { recursive: true });
  for (const name of ['src/studio/protocol.ts', 'vite.config.mjs']) writeFileSync(join(root, name), '');
  mkdirSync(join(root, 'fake'));
  writeFileSync(join(root, 'fake', 'npm-cli.js'), FAKE_NPM);
  return root;
}

/** Runs the set-up. @returns its exit code */
function setUp(root: string): Promise<number | null> {
  const env = { ...process.env, npm_execpath: join(root, 'fake', 'npm-cli.js') };
  const child = spawn(process.execPath, [join(root, 'scripts', 'setup.mjs')], { cwd: root, env, stdio: 'ignore' });
  return new Promise((resolve) => child.on('close', resolve));
}

const logOf = (root: string): string[] => readFileSync(join(root, 'log'), 'utf8').trim().split('\n');
const LOCK = '.setup.lock';
/** What an installation and a build run, in their order. */
const MADE = ['ci --include=dev', 'tsc', 'tsc', 'esbuild', 'vite'];

test('of processes that start at once in a fresh clone one installs and compiles, and all succeed', async (t) => {
  const root = freshClone(t);
  assert.deepEqual(await Promise.all([setUp(root), setUp(root), setUp(root)]), [0, 0, 0]);
  assert.deepEqual(logOf(root), MADE);
  assert.equal(await setUp(root), 0);
  assert.deepEqual(logOf(root), MADE, 'nothing is done again');
  assert.ok(!existsSync(join(root, LOCK)));
});

test('a lock of a process that has ended is taken over, also by two at once', async (t) => {
  const root = freshClone(t);
  const dead = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await new Promise((resolve) => dead.on('close', resolve));
  writeFileSync(join(root, LOCK), String(dead.pid));
  assert.deepEqual(await Promise.all([setUp(root), setUp(root)]), [0, 0]);
  assert.deepEqual(logOf(root), MADE);
});

test('an installation that fails ends with an error and leaves no lock', async (t) => {
  const root = freshClone(t);
  writeFileSync(join(root, 'broken'), '');
  assert.equal(await setUp(root), 1);
  assert.ok(!existsSync(join(root, LOCK)));
});
