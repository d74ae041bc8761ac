/** Runs one compiled test file in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface Outcome {
  readonly result: 'passed' | 'failed' | 'late';
  readonly seconds: number;
}

/** How a failed test begins its line in TAP. */
const NOT_OK = /^ *not ok /m;

const running = new Set<ChildProcess>();

/**
 * Ends at the first test that fails.
 * @param file path of the compiled test
 * @param env added to the environment
 * @param limit seconds after which the test and the processes that it started are killed: the result is `late`
 */
export async function runTest(file: string, env: Readonly<Record<string, string>>, limit: number): Promise<Outcome> {
  // Within a test Node would hand a test runner's report to the outer one.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const began = performance.now();
  // A process group of its own can be killed as one.
  const child = spawn(process.execPath, ['--test-reporter=tap', file], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  running.add(child);
  let [late, failed] = [false, false];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (!NOT_OK.test(text)) return;
    failed = true;
    kill(child);
  });
  const timer = setTimeout(() => {
    late = true;
    kill(child);
  }, limit * 1000);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  clearTimeout(timer);
  running.delete(child);
  return {
    result: late ? 'late' : status === 0 && !failed ? 'passed' : 'failed',
    seconds: (performance.now() - began) / 1000,
  };
}

/** Ends every test that runs now. */
export function killTests(): void {
  for (const child of running) kill(child);
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL'); // Windows has no process groups
  }
}
