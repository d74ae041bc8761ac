/**
 * The target of training on a GPU by the WebGPU provider of ONNX Runtime, in Node and in browsers: every op is written so
 * that every node runs on the device. docs/decisions/013-webgpu-target.md says what the provider lacks, and why an op has
 * this form here.
 */
import type { Target } from '../target.js';
import { batchNormEmissions } from './batch-norm.js';
import { signEmission } from './elementwise.js';
import { maxPoolRewrite } from './max-pool-gradient.js';
import { logSoftmaxEmission } from './softmax.js';

export const webgpu: Target = {
  name: 'webgpu',
  precision: 'float32',
  capabilities: { fusedMatmul: false, poolIndices: false, blockedConvolution: 0 },
  rewrites: new Map([maxPoolRewrite]),
  emissions: new Map([signEmission, logSoftmaxEmission, ...batchNormEmissions]),
};
