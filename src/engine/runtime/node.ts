/** ONNX Runtime in Node. */
import { availableParallelism } from 'node:os';
import * as ort from 'onnxruntime-node';
import { cpuTarget } from '../lower/cpu/index.js';
import type { Target } from '../lower/target.js';
import { findBlock } from './convolution-block.js';
import { type Device, type DeviceName, devices } from './devices.js';
import { gpuMemory, openSession, type SessionOptions } from './ort.js';
import type { Runtime } from './runtime.js';

export interface NodeOptions {
  /** Where graphs run; `cpu` by default. */
  readonly device?: DeviceName;
  /** Threads of one operator on the CPU; all processors by default. */
  readonly threads?: number;
  /** Prefix of a JSON file with the time of every node, written when a session closes. */
  readonly profile?: string;
}

/** Found once: the processor does not change. */
let cpu: Promise<Target> | undefined;

/** A run on the CPU occupies the calling thread until it is done: give long work a worker thread. */
export function nodeRuntime({ device = 'cpu', threads = availableParallelism(), profile }: NodeOptions = {}): Runtime {
  const { provider, target, weights }: Device = devices[device];
  const options: SessionOptions = ({ optimise = true }) => ({
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
  return {
    device,
    async target() {
      if (target) return target;
      cpu ??= findBlock(nodeRuntime({ threads: 1 })).then((block) => cpuTarget({ block }));
      return cpu;
    },
    open: (model, opening = {}) => openSession(ort, model, options(opening)),
    ...(weights === 'device' && { memory: gpuMemory(ort, options) }),
  };
}
