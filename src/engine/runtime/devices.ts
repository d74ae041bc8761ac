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
}

export const devices = {
  cpu: { provider: 'cpu', weights: 'host' },
  webgpu: { provider: 'webgpu', target: webgpu, weights: 'device' },
  cuda: { provider: 'cuda', target: plain, weights: 'host' },
  directml: { provider: 'dml', target: plain, weights: 'host' },
  coreml: { provider: 'coreml', target: plain, weights: 'host' },
} as const satisfies Record<string, Device>;

export type DeviceName = keyof typeof devices;
