/** ONNX Runtime in a web page or its worker. The caller passes the module onnxruntime-web. */
import { NddrError } from '../../errors.js';
import { cpuTarget } from '../lower/cpu/index.js';
import type { Target } from '../lower/target.js';
import { webgpu } from '../lower/webgpu/index.js';
import { gpuMemory, type Ort, openSession, type SessionOptions } from './ort.js';
import type { Runtime } from './runtime.js';

/** What is used of the module `onnxruntime-web/webgpu`, or, for `wasm` alone, `onnxruntime-web/wasm`. */
export interface WebOrt extends Ort {
  readonly env: { readonly wasm: { numThreads?: number } };
}

export interface WebOptions {
  readonly ort: WebOrt;
  /** `wasm` runs on the processor, `webgpu` on the graphics card. */
  readonly device: WebDevice;
  /**
   * Threads of `wasm`. By default as many as there are processors where the page is isolated from other origins, else
   * 1. What the first runtime of a page asks for holds for all.
   */
  readonly threads?: number;
}

/** The devices of a page: their targets, and where weights live while a network is trained. */
const devices = {
  // The blocks of the runtime's own layout need a processor that WebAssembly does not know.
  wasm: { target: cpuTarget({ block: 0 }), weights: 'host' },
  webgpu: { target: webgpu, weights: 'device' },
} as const satisfies Record<string, { target: Target; weights: 'host' | 'device' }>;

export type WebDevice = keyof typeof devices;

export const webDevices = Object.keys(devices) as WebDevice[];

/**
 * A run occupies the calling thread until it is done: give long work a worker.
 * @throws NddrError when threads are asked for that the page cannot have; `open` throws one where there is no device
 */
export function webRuntime({ ort, device, threads }: WebOptions): Runtime {
  if (!Object.hasOwn(devices, device))
    throw new NddrError(`device: there is no "${device}" in a page; expected ${webDevices.join(' or ')}.`);
  const { target, weights } = devices[device];
  ort.env.wasm.numThreads = threadsOf(threads);
  const options: SessionOptions = ({ optimise = true }) => ({
    executionProviders: [device],
    executionMode: 'sequential',
    graphOptimizationLevel: optimise ? 'all' : 'disabled',
    enableMemPattern: false,
    logSeverityLevel: 3,
  });
  const checked = async () => {
    if (device === 'webgpu') await requireAdapter();
  };
  const memory = gpuMemory(ort, options);
  return {
    device,
    target: async () => target,
    async open(model, opening = {}) {
      await checked();
      return openSession(ort, model, options(opening));
    },
    ...(weights === 'device' && {
      memory: {
        ...memory,
        async open(model, opening) {
          await checked();
          return memory.open(model, opening);
        },
      },
    }),
  };
}

/** What is used of a page's or worker's global object. */
interface Page {
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: {
    readonly hardwareConcurrency?: number;
    readonly gpu?: { requestAdapter(): Promise<object | null> };
  };
}

const page = globalThis as unknown as Page;

/** @throws NddrError for more than one thread in a page that is not isolated */
function threadsOf(wanted: number | undefined): number {
  const isolated = page.crossOriginIsolated === true;
  if (wanted === undefined) return isolated ? (page.navigator?.hardwareConcurrency ?? 1) : 1;
  if (!Number.isInteger(wanted) || wanted < 1)
    throw new NddrError(`threads: is ${wanted}, expected a whole number of at least 1.`);
  if (wanted === 1 || isolated) return wanted;
  throw new NddrError(
    `threads: ${wanted} threads need a page that is isolated from other origins. Serve it with the headers ` +
      '"Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp", or set threads to 1.',
  );
}

/** @throws NddrError where the browser has no WebGPU, or no graphics card that it may use */
async function requireAdapter(): Promise<void> {
  const gpu = page.navigator?.gpu;
  if (!gpu)
    throw new NddrError(
      'device: this browser has no WebGPU here. Take a current one, and serve the page by https or from localhost; or ' +
        'set the device to "wasm".',
    );
  if (await gpu.requestAdapter()) return;
  throw new NddrError(
    'device: the browser found no graphics card for WebGPU. See chrome://gpu, or set the device to "wasm".',
  );
}
