/** For tests: what a script says that `askDevice` of webgpu.test.fixture.ts runs. */
import { constant, toModel, webgpu } from '../index.js';
import { nodeRuntime } from './node.js';
import type { Runtime } from './runtime.js';
import type { Answer } from './webgpu.test.fixture.js';

/** Prints what `work` yields with a device, as JSON in the last line, or that there is none. */
export async function answer(work: (runtime: Runtime) => Promise<unknown>): Promise<void> {
  const runtime = nodeRuntime({ device: 'webgpu' });
  let found: Answer<unknown>;
  try {
    await (await runtime.open(toModel({ y: constant(1) }, { target: webgpu }).bytes)).close();
    found = { value: await work(runtime) };
  } catch (error) {
    const { message } = error as Error;
    if (!/WebGPU adapter/.test(message)) throw error;
    found = { missing: message.replace(/^.*(?=Failed to get)/s, '').trim() };
  }
  console.log(JSON.stringify(found));
}
