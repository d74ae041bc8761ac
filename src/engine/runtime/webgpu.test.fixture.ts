/** For tests: a WebGPU device, if only in software. What uses it runs in a process of its own. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Chromium brings a Vulkan driver that computes on the processor. A process must find its library when it starts. */
const CHROMIUM = '/usr/lib/chromium';
const driver = join(CHROMIUM, 'vk_swiftshader_icd.json');

/** Tried in turn: what this machine has, then the driver in software. */
const environments: readonly NodeJS.ProcessEnv[] = [
  {},
  ...(existsSync(driver) ? [{ VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: CHROMIUM }] : []),
];

/** What a script answered, or why there is no device. */
export type Answer<T> = { readonly value: T } | { readonly missing: string };

/** The reason to skip a test, as `node:test` takes it. */
export const missing = (answer: Answer<unknown>): string | false => ('missing' in answer ? answer.missing : false);

/**
 * Runs a script with a device. The script calls `answer` of webgpu.test.child.ts.
 * @param script beside the file at `base`, as it is compiled
 * @throws Error with what the script wrote, where it ends without an answer
 */
export async function askDevice<T>(script: string, base: string, args: readonly string[] = []): Promise<Answer<T>> {
  const reasons: string[] = [];
  for (const environment of environments) {
    const found = await run<T>(fileURLToPath(new URL(script, base)), args, environment);
    if ('value' in found) return found;
    reasons.push(found.missing);
  }
  const software = environments.length > 1 ? '' : `; ${driver}, a driver in software, comes with Debian's chromium`;
  return { missing: `no WebGPU device: ${reasons.at(-1)}${software}` };
}

function run<T>(script: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Answer<T>> {
  const child = spawn(process.execPath, [script, ...args], { env: { ...process.env, ...environment } });
  let [written, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code, signal) => {
      const line = written.trim().split('\n').at(-1) ?? '';
      if (code === 0 && line.startsWith('{')) resolve(JSON.parse(line));
      else reject(new Error(`${script} ended with ${signal ?? code}\n${errors}`));
    });
  });
}
