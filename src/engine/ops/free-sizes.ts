/**
 * Sizes of axes that are known only when a model runs, as numbers of float32. The operators that give them, Shape and
 * Range, have int64, with which a GPU does not compute: what is made of them would be made on the host, and sent.
 */
import type { GraphWriter } from '../onnx/writer.js';

/** Writes the size of an axis, [1]. */
export const emitSize = (writer: GraphWriter, x: string, axis: number): string =>
  writer.once(`size ${axis} of ${x}`, () => writer.reduce('ReduceSum', emitOnes(writer, x, axis), [0], true));

/** Writes the numbers 0, 1, ... below the size of an axis, [size]. */
export const emitIndices = (writer: GraphWriter, x: string, axis: number): string =>
  writer.once(`indices ${axis} of ${x}`, () =>
    writer.value('CumSum', [emitOnes(writer, x, axis), writer.constant([0], 'int64', [])], { exclusive: 1 }),
  );

const emitOnes = (writer: GraphWriter, x: string, axis: number): string =>
  writer.once(`ones ${axis} of ${x}`, () =>
    writer.value('Expand', [
      writer.constant([1], 'float32', [1]),
      writer.value('Shape', [x], { start: axis, end: axis + 1 }),
    ]),
  );
