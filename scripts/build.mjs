// Compiles src, tests and bench into dist when a source is newer than the last build, and the studio's page likewise.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The time of the newest change in a folder. Folders count as well, because deleting a file changes its folder. */
function newest(path) {
  const stat = statSync(path);
  let time = stat.mtimeMs;
  if (stat.isDirectory())
    for (const name of readdirSync(path)) if (name !== 'node_modules') time = Math.max(time, newest(join(path, name)));
  return time;
}

const stamp = join(root, 'dist', '.built');
const page = join(root, 'dist', 'studio');
const pageStamp = join(page, '.built');
/** What the page is made of; the rest of src is not in it. */
const pageSources = ['src/studio/page', 'src/studio/protocol.ts', 'vite.config.mjs', 'package-lock.json'];

const isPageBuilt = () =>
  existsSync(pageStamp) &&
  statSync(pageStamp).mtimeMs > Math.max(...pageSources.map((name) => newest(join(root, name))));

/** Whether dist is newer than every source. */
export function isBuilt() {
  if (!existsSync(stamp) || !isPageBuilt()) return false;
  const sources = ['src', 'tests', 'bench', 'tsconfig.json', 'tsconfig.web.json', 'package.json']
    .map((name) => join(root, name))
    .filter(existsSync);
  return statSync(stamp).mtimeMs > Math.max(...sources.map(newest));
}

/** Compiles everything anew; ends the process where the compiler finds an error. */
export function build() {
  const began = new Date();
  // The page is made by itself, and only if it changed.
  for (const name of existsSync(join(root, 'dist')) ? readdirSync(join(root, 'dist')) : [])
    if (name !== 'studio') rmSync(join(root, 'dist', name), { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  // What runs in a page is compiled by itself: the names of the browser would hide faults in all other files.
  for (const project of ['tsconfig.json', 'tsconfig.web.json']) {
    const done = spawnSync(process.execPath, [tsc, '-p', join(root, project)], { cwd: root, stdio: ['ignore', 2, 2] });
    if (done.status !== 0) process.exit(done.status ?? 1);
  }
  bundle();
  if (!isPageBuilt()) buildPage();
  writeFileSync(stamp, '');
  utimesSync(stamp, began, began);
}

/** Writes `nddr/web` with all that it imports as one file, for pages that are not built by a bundler. */
function bundle() {
  // Not imported above: in a fresh clone it is yet to be installed.
  const { buildSync } = createRequire(import.meta.url)('esbuild');
  buildSync({
    entryPoints: [join(root, 'dist', 'src', 'web.js')],
    outfile: join(root, 'dist', 'web', 'nddr-web.js'),
    ...{ bundle: true, format: 'esm', platform: 'browser', target: 'es2022', minify: true, logLevel: 'warning' },
  });
  writeFileSync(join(root, 'dist', 'web', 'nddr-web.d.ts'), "export * from '../src/web.js';\n");
}

function buildPage() {
  const began = new Date();
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', '--config', join(root, 'vite.config.mjs')];
  const done = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.status !== 0) process.exit(done.status ?? 1);
  writeFileSync(pageStamp, '');
  utimesSync(pageStamp, began, began);
}

if (process.argv[1] === fileURLToPath(import.meta.url) && !isBuilt()) build();
