/** ONNX Runtime in Node. */
import { availableParallelism } from 'node:os';
import * as ort from 'onnxruntime-node';
import { NddrError } from '../../errors.js';
import { cpuTarget } from '../lower/cpu/index.js';
import type { Target } from '../lower/target.js';
import { findBlock } from './convolution-block.js';
import { type Device, type DeviceName, deviceNames, devices } from './devices.js';
import { gpuMemory, type Ort, openSession, type SessionOptions } from './ort.js';
import type { Runtime } from './runtime.js';
import { smallestGraph } from './smallest-graph.js';

export interface NodeOptions {
  /** Where graphs run; `cpu` by default. */
  readonly device?: DeviceName;
  /** Threads of one operator on the CPU; all processors by default. */
  readonly threads?: number;
  /** Prefix of a JSON file with the time of every node, written when a session closes. */
  readonly profile?: string;
}

/** The system that this process runs on, as the table of devices names it. */
export const system = `${process.platform}-${process.arch}`;

/** Found once: the processor does not change. */
let cpu: Promise<Target> | undefined;

/**
 * A run on the CPU occupies the calling thread until it is done: give long work a worker thread. On another device
 * whoever opens a session gets an NddrError where the device cannot be had: nothing is run elsewhere instead.
 */
export function nodeRuntime({ device = 'cpu', threads = availableParallelism(), profile }: NodeOptions = {}): Runtime {
  const { provider, target, weights }: Device = devices[device];
  const options: SessionOptions = ({ optimise = true }) => ({
    // One provider, without a second choice: of several, those that are missing would be dropped.
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: optimise ? 'all' : 'disabled',
    // Planning memory beforehand nearly doubles the peak and was never faster: docs/decisions/007-memory.md.
    enableMemPattern: false,
    logSeverityLevel: 3,
    ...(profile ? { enableProfiling: true, profileFilePrefix: profile } : {}),
  });
  const guarded: Ort = device === 'cpu' ? ort : guardedOrt(device);
  return {
    device,
    async target() {
      if (target) return target;
      cpu ??= findBlock(nodeRuntime({ threads: 1 })).then((block) => cpuTarget({ block }));
      return cpu;
    },
    open: (model, opening = {}) => openSession(guarded, model, options(opening)),
    ...(weights === 'device' && { memory: gpuMemory(guarded, options) }),
  };
}

/** The runtime's library, where opening a session tells a device that cannot be had from a model that is wrong. */
const guardedOrt = (device: DeviceName): Ort => ({
  Tensor: ort.Tensor,
  InferenceSession: {
    async create(model, options) {
      try {
        return await ort.InferenceSession.create(model, options);
      } catch (error) {
        await requireDevice(device);
        throw error;
      }
    },
  },
});

/**
 * Runs the smallest graph on a device and checks its numbers. Nothing is done for the CPU, which is always there.
 * @throws NddrError when the device cannot be had: what was asked, the runtime's reason, and the way out
 */
export async function requireDevice(device: DeviceName): Promise<void> {
  if (device === 'cpu') return;
  const fault = await deviceFault(device);
  if (fault === undefined) return;
  const here = deviceNames.filter((name) => system in devices[name].systems).join(', ');
  const way = `"npx nddr doctor" shows what this machine has. Or choose another device, such as cpu, which is always there.`;
  const { systems }: Device = devices[device];
  throw new NddrError(
    systems[system] === undefined
      ? `device ${device}: ${fault} Devices of ${system}: ${here}.`
      : `device ${device}: it cannot be had on this machine (${fault}). ${systems[system]} ${way}`,
  );
}

/** Why a device cannot be had, in words; undefined where the smallest graph runs on it and its numbers are right. */
export async function deviceFault(device: DeviceName): Promise<string | undefined> {
  const { provider, systems }: Device = devices[device];
  if (!ort.listSupportedBackends().some(({ name }) => name === provider))
    return `onnxruntime-node ${ort.env.versions.node} has it on ${Object.keys(systems).join(', ')}, and this is ${system}.`;
  const { model, feeds, expected } = smallestGraph();
  try {
    const session = await openSession(ort, model, {
      executionProviders: [provider],
      logSeverityLevel: 4,
      // Opening fails where a node would not run on the device. The provider of the CPU counts as such a fallback itself.
      ...(device !== 'cpu' && { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
    });
    try {
      const { y } = await session.run(feeds);
      if (expected.every((value, i) => value === y.data[i])) return undefined;
      return `a convolution of nine numbers gives ${[...y.data].join(', ')} in place of ${expected.join(', ')}`;
    } finally {
      await session.close();
    }
  } catch (error) {
    return reasonOf(error);
  }
}

/** What ONNX Runtime says, without the place in its source: `Failed to get a WebGPU adapter: No supported adapters`. */
const reasonOf = (error: unknown): string =>
  (error as Error).message
    .replace(/^\S*onnxruntime_src\S* .* was false\. /s, '')
    .split('\n')[0]
    .trim()
    .slice(0, 300);
