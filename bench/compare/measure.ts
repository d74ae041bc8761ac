/** Runs contenders, each in a process of its own. */
import { spawn } from 'node:child_process';
import { NddrError } from '../../src/errors.js';
import { ELAPSED } from './cases.js';

/**
 * Those whose name matches the regular expression of `--only`.
 * @throws NddrError when none does
 */
export function chosenBy<T>(only: string, all: readonly T[], nameOf: (one: T) => string): T[] {
  let pattern: RegExp;
  try {
    pattern = new RegExp(only);
  } catch (error) {
    throw new NddrError(`--only: ${(error as Error).message}. Expected a regular expression, such as ^step/small`);
  }
  const chosen = all.filter((one) => pattern.test(nameOf(one)));
  if (chosen.length === 0)
    throw new NddrError(`--only ${only}: nothing matches; there are ${all.map(nameOf).join(', ')}.`);
  return chosen;
}

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
