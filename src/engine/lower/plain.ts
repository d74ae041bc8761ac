/** The target without rewrites and emissions: every op is written by reference, in standard ONNX operators. */
import type { Target } from './target.js';

export const plain: Target = {
  name: 'plain',
  precision: 'float32',
  capabilities: { fusedMatmul: false, poolIndices: true, blockedConvolution: 0 },
  rewrites: new Map(),
  emissions: new Map(),
};
