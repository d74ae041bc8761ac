/** Masks that the CPU makes in one pass over the numbers: docs/decisions/002-formulations.md, "ReLU" and "Small formulas". */
import { dropoutFactorsOp } from '../../ops/dropout.js';
import { reluMaskOp } from '../../ops/elementwise.js';
import { relu6MaskOp } from '../../ops/relu6.js';
import { emissionOf } from '../target.js';

export const maskEmissions = [
  // min(max(3e38 x, 0), 1). Below 3e-39, where numbers have lost most of their digits, it lies between 0 and 1.
  emissionOf(reluMaskOp, ({ writer, inputs, outputs }) =>
    writer.node('HardSigmoid', inputs, outputs, { alpha: { float: 3e38 }, beta: { float: 0 } }),
  ),
  // The same of y (6 - y), which is above 0 between 0 and 6.
  emissionOf(relu6MaskOp, ({ writer, inputs: [y], outputs }) => {
    const inside = writer.value('Mul', [y, writer.value('Sub', [writer.scalar(6), y])]);
    writer.node('HardSigmoid', [inside], outputs, { alpha: { float: 3e38 }, beta: { float: 0 } });
  }),
  // DequantizeLinear is (byte - kept) scale, here with scale -factor: the factor where a byte keeps, and 0, after Clip.
  emissionOf(dropoutFactorsOp, ({ writer, inputs: [bytes], outputs, attributes: { kept } }) => {
    const factor = 256 / kept;
    const scaled = writer.value('DequantizeLinear', [
      bytes,
      writer.scalar(-factor),
      writer.constant([kept], 'uint8', []),
    ]);
    writer.node('Clip', [scaled, writer.scalar(0), writer.scalar(factor)], outputs);
  }),
];
