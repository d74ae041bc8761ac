/**
 * The graphs of the `cpu` target in float64: to check formulas beyond float32's rounding, not for speed. It has the same
 * rewrites, so the graph that is checked is the one that trains. Ops for which the runtime has no float64 kernel are
 * emitted as other operators, and the rest by reference.
 */
import { avgPoolOp, meanWindow } from '../../ops/pool.js';
import { emitResampling } from '../../ops/resampling.js';
import { resizeMatrices, resizeOp } from '../../ops/resize.js';
import { CPU_TUNING, type CpuTuning } from '../cpu/constants.js';
import { cpuRewrites } from '../cpu/index.js';
import { softmaxEmissions } from '../cpu/softmax.js';
import { emissionOf, type Target } from '../target.js';
import { convEmissions } from './conv.js';

export const float64Target = (tuning: CpuTuning = CPU_TUNING): Target => ({
  name: 'float64',
  precision: 'float64',
  capabilities: { fusedMatmul: false, poolIndices: true, blockedConvolution: 0 },
  rewrites: cpuRewrites(tuning),
  emissions: new Map([
    ...convEmissions,
    emissionOf(avgPoolOp, ({ writer, inputs: [x], outputs: [y], attributes, inputTypes, outputTypes }) => {
      const along = (axis: 0 | 1) => meanWindow(axis, inputTypes[0].shape, outputTypes[0].shape, attributes);
      emitResampling(writer, [x, y], along(0), along(1));
    }),
    emissionOf(resizeOp, ({ writer, inputs: [x], outputs: [y], attributes, inputTypes }) =>
      emitResampling(writer, [x, y], ...resizeMatrices(inputTypes[0].shape, attributes)),
    ),
    ...softmaxEmissions,
  ]),
});

export const float64: Target = float64Target();
