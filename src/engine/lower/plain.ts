/** The target that prefers nothing: every op by its reference emission, in operators of the standard ONNX domain. */
import type { Target } from './target.js';

export const plain: Target = {
  name: 'plain',
  precision: 'float32',
  capabilities: { fusedMatmul: false, poolIndices: true, blockedConvolution: 0 },
  rewrites: new Map(),
  emissions: new Map(),
};
