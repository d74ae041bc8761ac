/** The test files that may kill mutants, how long each takes, and what it executes. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openProgress } from '../../src/cli/progress.js';
import { NddrError } from '../../src/errors.js';
import { type Executed, readCoverage } from './coverage.js';
import { runTest } from './run-test.js';

/** The folder that has package.json. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));
const dist = join(root, 'dist');

/** Where results, mutants and coverage are kept; git ignores it. */
export const out = join(root, 'out', 'mutation');

export interface TestFile {
  /** Such as `src/tasks/score.test.js`, below dist. */
  readonly path: string;
  /** Of the file and of the sources, when it was measured. */
  readonly hash: string;
  readonly result: 'passed' | 'failed' | 'late';
  readonly seconds: number;
  /** By the path of the module below dist. */
  readonly executed: Readonly<Record<string, Executed>>;
}

/** Every compiled file below a folder of dist, by its path below dist. */
const compiled = (folder: string): string[] =>
  readdirSync(join(dist, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
    .sort();

const isTest = (path: string) => /\.test\./.test(path);

/** The compiled modules of these source files and folders. */
export const modulesOf = (paths: readonly string[]): string[] =>
  compiled('src').filter(
    (name) => !isTest(name) && paths.some((path) => name === path.replace(/ts$/, 'js') || name.startsWith(`${path}/`)),
  );

/** The test files in which one of the parts occurs. */
export const testsOf = (parts: readonly string[]): string[] =>
  ['src', 'tests']
    .flatMap(compiled)
    .filter((name) => /\.test\.js$/.test(name) && parts.some((part) => name.includes(part)));

/**
 * Runs each test file once and keeps what it executes until the sources or the file change.
 * @param slow seconds after which a test file is given up: it is `late`
 * @throws NddrError where a test fails: it would kill every mutant
 */
export async function measureTests(paths: readonly string[], slow: number): Promise<TestFile[]> {
  const cache = join(out, 'coverage.json');
  const known: Record<string, TestFile> = existsSync(cache) ? JSON.parse(readFileSync(cache, 'utf8')) : {};
  const support = ['src', 'tests']
    .flatMap(compiled)
    .filter((name) => !/\.test\.js$/.test(name) && !name.startsWith('tests/mutation/'));
  const hashOf = (...names: string[]) => {
    const hash = createHash('sha256');
    for (const name of names) hash.update(name).update(readFileSync(join(dist, name)));
    return hash.digest('hex');
  };
  const sources = hashOf(...support);
  const found: TestFile[] = [];
  const progress = openProgress({ title: 'coverage', total: paths.length, unit: 'test files' });
  for (const [i, path] of paths.entries()) {
    const hash = `${sources} ${hashOf(path)}`;
    const measured = known[path]?.hash === hash ? known[path] : await measureTest(path, hash, slow);
    if (measured.result === 'failed')
      throw new NddrError(`${path} fails without any change: see npm test -- ${path.replace(/\.js$/, '')}`);
    found.push(measured);
    known[path] = measured;
    mkdirSync(out, { recursive: true });
    writeFileSync(cache, JSON.stringify(known));
    progress.update(i + 1);
  }
  progress.close();
  return found;
}

async function measureTest(path: string, hash: string, slow: number): Promise<TestFile> {
  const folder = join(out, 'v8');
  rmSync(folder, { recursive: true, force: true });
  const { result, seconds } = await runTest(join(dist, path), { NODE_V8_COVERAGE: folder }, slow);
  const base = pathToFileURL(`${dist}${sep}`).href;
  const isSource = (url: string) => url.startsWith(`${base}src/`) && !isTest(url);
  // A process that is killed leaves half a report.
  const coverage = result === 'passed' ? readCoverage(folder, isSource) : new Map<string, Executed>();
  rmSync(folder, { recursive: true, force: true });
  const executed = Object.fromEntries([...coverage].map(([url, edges]) => [url.slice(base.length), edges]));
  return { path, hash, result, seconds, executed };
}

/** A path below dist as the compiled file itself. */
export const inDist = (path: string): string => join(dist, path);
