/** ONNX Runtime in Node. */
import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { StoredDType } from '../tensor.js';
import { findBlock } from './convolution-block.js';
import type { HostTensor, Runtime } from './runtime.js';

export interface NodeOptions {
  /** Threads of one operator; all processors by default. */
  readonly threads?: number;
  /** Prefix of a JSON file with the time of every node, written when a session closes. */
  readonly profile?: string;
}

/** Found once: the processor does not change. */
let block: Promise<number> | undefined;

/** The CPU runtime. A run occupies the calling thread until it is done: give long work a worker thread. */
export function nodeRuntime({ threads = availableParallelism(), profile }: NodeOptions = {}): Runtime {
  return {
    device: 'cpu',
    convolutionBlock: () => {
      block ??= findBlock(nodeRuntime({ threads: 1 }));
      return block;
    },
    async open(model, { asIs = false } = {}) {
      const session = await InferenceSession.create(model, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: asIs ? 'disabled' : 'all',
        // Planning memory patterns nearly doubles the peak and was never faster.
        enableMemPattern: false,
        logSeverityLevel: 3,
        ...(profile ? { enableProfiling: true, profileFilePrefix: profile } : {}),
      });
      return {
        async run(feeds) {
          const given: Record<string, OrtTensor> = {};
          for (const [name, { dtype, data, shape }] of Object.entries(feeds))
            given[name] = new OrtTensor(dtype, data as Float32Array, shape);
          const results = await session.run(given);
          const taken: Record<string, HostTensor> = {};
          for (const [name, { type, dims, data }] of Object.entries(results))
            taken[name] = { dtype: type as StoredDType, shape: dims, data: data as Float32Array };
          return taken;
        },
        async close() {
          if (profile) session.endProfiling();
          await session.release();
        },
      };
    },
  };
}
