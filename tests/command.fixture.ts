/** Drives the command line as child processes, on networks of a few channels and folders made for one test. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const LAUNCH = fileURLToPath(new URL('./launch.js', import.meta.url));

/** A test, or the whole file (`{ after }` of `node:test`): tells when it is over. */
interface Lifetime {
  after(clean: () => void): void;
}

export interface Finished {
  /** Exit code; null where a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** Starts `nddr ...words`. The process does not outlive the test. */
export function start(t: Lifetime, ...words: string[]): Running {
  const child = spawn(process.execPath, [LAUNCH, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, finished };
}

/** Runs `nddr ...words` to its end. */
export const nddr = (t: Lifetime, ...words: string[]): Promise<Finished> => start(t, ...words).finished;

/** Runs `nddr ...words`, which is to succeed. */
export async function succeed(t: Lifetime, ...words: string[]): Promise<Finished> {
  const done = await nddr(t, ...words);
  assert.equal(done.code, 0, `nddr ${words.join(' ')}\n${done.stderr}`);
  return done;
}

/** The command is to fail with one message for people that matches all patterns. @returns the message */
export function assertRefused({ code, stdout, stderr }: Finished, ...patterns: RegExp[]): string {
  const at = stderr.indexOf('error: ');
  const message = stderr.slice(at);
  assert.equal(code, 1, stderr);
  assert.ok(at >= 0, `no message in ${JSON.stringify(stderr)}`);
  assert.equal(message.split('error: ').length, 2, `one message, not several: ${stderr}`);
  assert.doesNotMatch(stderr + stdout, /^\s+at |node:|Error:|\bundefined\b|\[object/m, 'a message and no stack trace');
  for (const pattern of patterns) assert.match(message, pattern);
  return message;
}

/** A folder that is gone when the test ends. */
export function temporaryFolder(t: Lifetime): string {
  const root = mkdtempSync(join(tmpdir(), 'nddr-faults-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

/** A configuration that trains in a second or two: four channels, 24 x 24 pixels. */
export const tinyConfig = {
  name: 'run',
  data: { kind: 'rooms', length: { train: 20, val: 2, test: 2 }, width: 24, height: 24 },
  tasks: { segmentation: { kind: 'segmentation' }, normals: { kind: 'normals' } },
  network: { backbone: { kind: 'vgg16', width: 0.0625 }, fusion: { kind: 'shared' } },
  train: {
    ...{ steps: 4, batch: 2, height: 24, width: 24, rate: 0.01, workers: 0, threads: 1 },
    rates: { fusion: 1, headWeight: 1, headBias: 1 },
    ...{ evaluateEvery: 1000, checkpointEvery: 2 },
  },
};

/** Writes a configuration. @returns its path */
export function writeConfig(root: string, config: unknown = tinyConfig): string {
  const path = join(root, 'config.json');
  writeFileSync(path, typeof config === 'string' ? config : JSON.stringify(config));
  return path;
}

/** `--set` for every assignment. */
export const set = (...assignments: string[]): string[] => assignments.flatMap((one) => ['--set', one]);

/** SHA-256 of every file under a folder, by its path. */
export function hashes(root: string): Record<string, string> {
  const found = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    found
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [relative(root, path), createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}

export interface Event {
  readonly type: string;
  readonly step?: number;
  readonly [key: string]: unknown;
}

/** The whole lines of a run's `events.jsonl`. */
export function eventsOf(run: string): Event[] {
  const path = join(run, 'events.jsonl');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event);
}

/** Waits until the run has told an event that fits, or has ended. */
export async function waitFor(run: string, fits: (event: Event) => boolean, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && !eventsOf(run).some(fits)) await setTimeout(10);
}
