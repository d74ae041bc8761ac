/** What random bytes make of features: each element is dropped or kept. */
import { defineOp } from '../op.js';
import type { Tensor } from '../tensor.js';

/**
 * 256 / kept where a byte is less than `kept`, 0 elsewhere: what features are multiplied by, so that their mean stays.
 * @param bytes uint8, of any shape
 * @param kept how many of the 256 values of a byte keep an element, 1 to 255
 */
export const dropoutFactors = (bytes: Tensor, kept: number): Tensor => dropoutFactorsOp([bytes], { kept })[0];

export const dropoutFactorsOp = defineOp<{ readonly kept: number }>({
  name: 'dropoutFactors',
  keepsCells: true,
  infer: ([{ shape }], { kept }) => {
    if (!(Number.isInteger(kept) && kept >= 1 && kept <= 255)) throw new Error(`${kept} of 256 bytes cannot be kept`);
    return { shape, dtype: 'float32' };
  },
  gradient: 'zero',
  // (kept - byte) factor is at least factor where a byte keeps its element, and at most 0 elsewhere.
  emit: ({ writer, inputs: [bytes], outputs, attributes: { kept } }) => {
    const factor = writer.scalar(256 / kept);
    const numbers = writer.value('Cast', [bytes], { to: writer.typeCode('float32') });
    const scaled = writer.value('Mul', [writer.value('Sub', [writer.scalar(kept), numbers]), factor]);
    writer.node('Clip', [scaled, writer.scalar(0), factor], outputs);
  },
});
