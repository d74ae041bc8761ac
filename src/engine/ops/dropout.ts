/** What a byte an element makes of features: they are dropped or kept. */
import type { GraphWriter } from '../onnx/writer.js';
import { defineOp } from '../op.js';
import type { Tensor } from '../tensor.js';

/**
 * 256 / kept where a byte is less than `kept`, 0 elsewhere: what features are multiplied by, so that their mean stays.
 * @param bytes uint8, of any shape
 * @param kept how many of the 256 bytes keep an element, 1 to 255
 */
export const dropoutFactors = (bytes: Tensor, kept: number): Tensor => factorsOp([bytes], { kept })[0];

const factorsOp = defineOp<{ kept: number }>({
  name: 'dropoutFactors',
  keepsCells: true,
  infer: ([{ shape }], { kept }) => {
    if (!(Number.isInteger(kept) && kept >= 1 && kept <= 255)) throw new Error(`${kept} of 256 bytes cannot be kept`);
    return { shape, dtype: 'float32' };
  },
  gradient: null,
  emit: ({ writer, inputs: [bytes], outputs, attributes: { kept } }) => {
    const factor = 256 / kept;
    // (kept - byte) factor is at least factor where a byte keeps, and at most 0 elsewhere: two passes in place of four.
    const left =
      writer.precision === 'float32'
        ? writer.value('DequantizeLinear', [bytes, writer.scalar(-factor), writer.constant([kept], 'uint8', [])])
        : emitLeft64(writer, bytes, kept, factor);
    writer.node('Clip', [left, writer.scalar(0), writer.scalar(factor)], outputs);
  },
});

function emitLeft64(writer: GraphWriter, bytes: string, kept: number, factor: number): string {
  const numbers = writer.value('Cast', [bytes], { to: writer.typeCode('float32') });
  return writer.value('Mul', [writer.value('Sub', [writer.scalar(kept), numbers]), writer.scalar(factor)]);
}
