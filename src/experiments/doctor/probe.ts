/**
 * The process in which one device is tried: `node probe.js DEVICE`. It prints a `Probe` as JSON. A driver that ends its
 * process ends this one, and what the runtime and the drivers print can be read.
 */
import { env } from 'onnxruntime-node';
import type { DeviceName } from '../../engine/runtime/devices.js';
import { deviceFault } from '../../engine/runtime/node.js';

/** What a package of WebGPU tells of the card that it would take. */
export interface Adapter {
  readonly name: string;
  /** Whether the processor plays the card, as SwiftShader does: right, and slow. */
  readonly software: boolean;
  /** Bytes of the largest buffer, and of the largest that a shader sees at once. */
  readonly limits: { readonly maxBufferSize: number; readonly maxStorageBufferBindingSize: number };
}

export interface Probe {
  /** Why the device cannot be had; left out where it works. */
  readonly fault?: string;
  /** Left out where nobody tells it. */
  readonly adapter?: Adapter;
}

/** What is used of the package `webgpu`, which is optional: ONNX Runtime itself does not tell its adapter. */
interface WebGpu {
  create(options: readonly string[]): {
    requestAdapter(options: { readonly powerPreference: 'high-performance' }): Promise<{
      readonly info: Readonly<Record<'vendor' | 'architecture' | 'device' | 'description', string>> & {
        readonly isFallbackAdapter?: boolean;
      };
      readonly limits: Adapter['limits'];
    } | null>;
  };
}

const OPTIONAL: string = 'webgpu';

async function adapterOf(): Promise<Adapter | undefined> {
  const webgpu = (await import(OPTIONAL).catch(() => undefined)) as WebGpu | undefined;
  // The card that ONNX Runtime asks for as well.
  const found = await webgpu?.create([]).requestAdapter({ powerPreference: 'high-performance' });
  if (!found) return undefined;
  const { vendor, architecture, device, description, isFallbackAdapter = false } = found.info;
  const { maxBufferSize, maxStorageBufferBindingSize } = found.limits;
  return {
    name: [...new Set([vendor, architecture, device, description])].filter(Boolean).join(', '),
    software: isFallbackAdapter,
    limits: { maxBufferSize, maxStorageBufferBindingSize },
  };
}

const device = process.argv[2] as DeviceName;
// Tells the cards that it finds, on standard error.
env.logLevel = 'info';
const fault = await deviceFault(device);
const adapter = device === 'webgpu' && fault === undefined ? await adapterOf() : undefined;
process.stdout.write(`${JSON.stringify({ fault, adapter } satisfies Probe)}\n`);
