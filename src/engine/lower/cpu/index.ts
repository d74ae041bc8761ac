/**
 * The target of training on a CPU by ONNX Runtime: what its operators are slow at is written otherwise. Which forms there
 * are, and what they gained: docs/decisions/002-formulations.md; of convolutions also conv/README.md.
 */
import { conv2dOp } from '../../ops/conv.js';
import { convInputGradientOp, convWeightGradientOp } from '../../ops/conv-gradients.js';
import { emissionOf, type Rewrites, type Target } from '../target.js';
import { batchNormEmissions, batchNormRewrites } from './batch-norm.js';
import { CPU_TUNING, type CpuTuning } from './constants.js';
import { emitConvolution } from './conv/forward.js';
import { emitInputGradient } from './conv/input-gradient.js';
import { emitWeightGradient } from './conv/weight-gradient.js';
import { winogradRewrites } from './conv/winograd.js';
import { maskEmissions } from './elementwise.js';
import { maxPoolRewrites } from './max-pool-gradient.js';
import { softmaxEmissions } from './softmax.js';

export interface CpuOptions {
  /** See `Capabilities.blockedConvolution`; 0 yields a graph that is the same, and right, on every machine. */
  readonly block?: number;
  readonly tuning?: CpuTuning;
}

export const cpuTarget = ({ block = 0, tuning = CPU_TUNING }: CpuOptions = {}): Target => ({
  name: 'cpu',
  precision: 'float32',
  capabilities: { fusedMatmul: true, poolIndices: true, blockedConvolution: block },
  rewrites: cpuRewrites(tuning),
  emissions: new Map([
    emissionOf(conv2dOp, emitConvolution(tuning)),
    emissionOf(convInputGradientOp, emitInputGradient(tuning)),
    emissionOf(convWeightGradientOp, emitWeightGradient(tuning)),
    ...batchNormEmissions,
    ...maskEmissions,
    ...softmaxEmissions,
  ]),
});

export const cpuRewrites = (tuning: CpuTuning): Rewrites =>
  new Map([...winogradRewrites(tuning), ...batchNormRewrites(tuning), ...maxPoolRewrites(tuning)]);

export const cpu: Target = cpuTarget();
