/** The target of training on a GPU by the WebGPU provider of ONNX Runtime. */
import type { Target } from './target.js';

export const webgpu: Target = {
  name: 'webgpu',
  precision: 'float32',
  capabilities: { fusedMatmul: false, poolIndices: true, blockedConvolution: 0 },
  rewrites: new Map(),
  emissions: new Map(),
};
