/** ONNX Runtime in Node. */
import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { cpuTarget } from '../lower/cpu/index.js';
import type { Target } from '../lower/target.js';
import type { ElementType } from '../tensor.js';
import { findBlock } from './convolution-block.js';
import type { HostTensor, Runtime } from './runtime.js';

export interface NodeOptions {
  /** Threads of one operator; all processors by default. */
  readonly threads?: number;
  /** Prefix of a JSON file with the time of every node, written when a session closes. */
  readonly profile?: string;
}

/** Found once: the processor does not change. */
let target: Promise<Target> | undefined;

/** The CPU runtime. A run occupies the calling thread until it is done: give long work a worker thread. */
export function nodeRuntime({ threads = availableParallelism(), profile }: NodeOptions = {}): Runtime {
  return {
    device: 'cpu',
    target: () => {
      target ??= findBlock(nodeRuntime({ threads: 1 })).then((block) => cpuTarget({ block }));
      return target;
    },
    async open(model, { optimise = true } = {}) {
      const session = await InferenceSession.create(model, {
        executionProviders: ['cpu'],
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
        async run(feeds) {
          const inputs: Record<string, OrtTensor> = {};
          for (const [name, { dtype, data, shape }] of Object.entries(feeds))
            inputs[name] = new OrtTensor(dtype, data as Float32Array, shape);
          const results: Record<string, HostTensor> = {};
          for (const [name, { type, dims, data }] of Object.entries(await session.run(inputs)))
            results[name] = { dtype: type as ElementType, shape: dims, data: data as Float32Array };
          return results;
        },
        async close() {
          if (profile) session.endProfiling();
          await session.release();
        },
      };
    },
  };
}
