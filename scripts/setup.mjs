// Installs what is missing and compiles what changed; does nothing when both are up to date.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, isBuilt } from './build.mjs';
import { withLock } from './lock.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs npm in the root of the project. @returns its exit status */
export function npm(...args) {
  // npm's own JavaScript entry, where npm or npx started us, needs no shell on any system.
  const entry = process.env.npm_execpath?.replace(/npx-cli\.js$/, 'npm-cli.js');
  const [command, first] = entry?.endsWith('npm-cli.js') ? [process.execPath, [entry]] : ['npm', []];
  const shell = command === 'npm' && process.platform === 'win32';
  return spawnSync(command, [...first, ...args], { cwd: root, stdio: ['ignore', 2, 2], shell }).status;
}

const stamp = join(root, 'node_modules', '.installed');

const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

/** Whether the packages of the lock file are the ones that were installed last. */
const isInstalled = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash();

function install() {
  console.error('Installing packages (once) ...');
  if (npm('ci', '--include=dev') !== 0) {
    console.error('The installation failed: see the lines above. nddr needs Node 20 or later, npm and its registry.');
    process.exit(1);
  }
  writeFileSync(stamp, lockHash());
}

/** Installs and compiles what is missing; ends the process where either fails. */
export function setup() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) {
    console.error(`nddr needs Node 20 or later; this is Node ${process.versions.node}.`);
    process.exit(1);
  }
  if (isInstalled() && isBuilt()) return;
  // Two commands that start at once in a fresh clone would install into the same folder.
  withLock(join(root, '.setup.lock'), 'installing or compiling', () => {
    if (!isInstalled()) install();
    if (!isBuilt()) build();
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup();
