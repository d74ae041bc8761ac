// Installs what is missing and compiles what changed; does nothing when both are up to date.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs npm in the root of the project. @returns its exit status */
export function npm(...args) {
  // npm's own JavaScript entry, where npm or npx started us, needs no shell on any system.
  const entry = process.env.npm_execpath?.replace(/npx-cli\.js$/, 'npm-cli.js');
  const [command, first] = entry?.endsWith('npm-cli.js') ? [process.execPath, [entry]] : ['npm', []];
  const shell = command === 'npm' && process.platform === 'win32';
  return spawnSync(command, [...first, ...args], { cwd: root, stdio: ['ignore', 2, 2], shell }).status;
}

/** Installs the locked packages unless the lock file is the one that was installed last. */
function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.error('Installing packages (once) ...');
  if (npm('ci', '--include=dev') !== 0) {
    console.error('The installation failed: see the lines above. nddr needs Node 20 or later, npm and its registry.');
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}

export function setup() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) {
    console.error(`nddr needs Node 20 or later; this is Node ${process.versions.node}.`);
    process.exit(1);
  }
  install();
  build();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup();
