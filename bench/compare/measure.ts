/** Runs contenders, each in a process of its own. */
import { spawn } from 'node:child_process';
import { NddrError } from '../../src/errors.js';
import { ELAPSED } from './cases.js';

/** What a contender said: the numbers of its JSON line. */
export type Line = Readonly<Record<string, unknown>>;

/**
 * Runs a command that prints one JSON line.
 * @returns the line, with the milliseconds from the start of the process to its arrival
 * @throws NddrError with the end of what the command said, when it fails or prints no such line
 */
export async function measure(command: readonly string[]): Promise<Line> {
  const [program, ...args] = command;
  const began = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let elapsed = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    elapsed ||= performance.now() - began;
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const text = stdout.split('\n').findLast((line) => line.startsWith('{'));
  if (code === 0 && text !== undefined) return { ...JSON.parse(text), [ELAPSED]: Math.round(elapsed) };
  throw new NddrError(`${command.join(' ')}: ended with ${code} and no result.\n${stderr.trim().slice(-1500)}`);
}
