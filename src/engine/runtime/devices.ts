/** The devices on which graphs run. A new one is one row. */
import { plain } from '../lower/plain.js';
import type { Target } from '../lower/target.js';
import { webgpu } from '../lower/webgpu/index.js';

export interface Device {
  /** The execution provider of ONNX Runtime. */
  readonly provider: string;
  /** What graphs of training are lowered for; left out where the processor decides. */
  readonly target?: Target;
  /** Where weights and the state of the optimizer live while a network is trained. */
  readonly weights: 'host' | 'device';
  /**
   * Systems for which the package onnxruntime-node has the provider, as `process.platform` and `process.arch` name them;
   * and what the machine needs there, with the way to get it.
   */
  readonly systems: Readonly<Record<string, string>>;
}

const VULKAN =
  'It needs a graphics card, its driver for Vulkan and the Vulkan loader (Debian and Ubuntu: apt install libvulkan1 ' +
  "mesa-vulkan-drivers; NVIDIA: the vendor's driver).";
const DIRECT3D = 'It needs a graphics card with a current driver, and Direct3D 12.';
const METAL = 'It needs a Mac with Metal.';
const CUDA =
  'It needs an NVIDIA card with its driver, CUDA 12, cuDNN 9, and a part of ONNX Runtime that npm does not hold: ' +
  'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false fetches it.';
const PROCESSOR = 'It needs nothing but the package onnxruntime-node: install the packages of nddr again.';

export const devices = {
  cpu: {
    ...{ provider: 'cpu', weights: 'host' },
    systems: {
      ...{ 'linux-x64': PROCESSOR, 'linux-arm64': PROCESSOR, 'win32-x64': PROCESSOR, 'win32-arm64': PROCESSOR },
      'darwin-arm64': PROCESSOR,
    },
  },
  webgpu: {
    ...{ provider: 'webgpu', target: webgpu, weights: 'device' },
    systems: { 'linux-x64': VULKAN, 'win32-x64': DIRECT3D, 'win32-arm64': DIRECT3D, 'darwin-arm64': METAL },
  },
  // The binding of Node cannot keep tensors in the memory of the devices below from one run to the next.
  cuda: { ...{ provider: 'cuda', target: plain, weights: 'host' }, systems: { 'linux-x64': CUDA } },
  directml: {
    ...{ provider: 'dml', target: plain, weights: 'host' },
    systems: { 'win32-x64': DIRECT3D, 'win32-arm64': DIRECT3D },
  },
  coreml: {
    ...{ provider: 'coreml', target: plain, weights: 'host' },
    systems: { 'darwin-arm64': 'It needs macOS 10.15 or later.' },
  },
} as const satisfies Record<string, Device>;

/** The devices of a page, where onnxruntime-web runs the graphs. */
export const pageDevices = {
  wasm: { provider: 'wasm', target: plain, weights: 'host' },
  webgpu: { provider: 'webgpu', target: webgpu, weights: 'device' },
} as const satisfies Record<string, Omit<Device, 'systems'>>;

export type DeviceName = keyof typeof devices;

export type PageDeviceName = keyof typeof pageDevices;

export const deviceNames = Object.keys(devices) as [DeviceName, ...DeviceName[]];
