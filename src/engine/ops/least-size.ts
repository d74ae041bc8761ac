/** A condition on the size of an image that is checked where a model runs. */
import { defineOp } from '../op.js';
import { showShape, type Tensor } from '../tensor.js';

/**
 * x [N, C, H, W] as it is. In a model of free size a height or width below `side` ends the run with an error of the
 * runtime that names this node: windows that do not fit into their map would end some runtimes' whole process.
 */
export const atLeastPixels = (x: Tensor, side: number): Tensor => (side <= 1 ? x : leastSizeOp([x], { side })[0]);

const leastSizeOp = defineOp<{ side: number }>({
  name: 'atLeastPixels',
  keepsCells: true,
  infer: ([x], { side }) => {
    if (x.shape.length !== 4 || Math.min(x.shape[2], x.shape[3]) < side)
      throw new Error(`expected [N, C, H, W] of ${side} pixels a side or more, got ${showShape(x.shape)}`);
    return { shape: x.shape, dtype: x.dtype };
  },
  gradient: ({ gradient }) => [gradient],
  emit: ({ writer, inputs: [x], outputs, attributes: { side } }) => {
    if (!writer.dynamic) return writer.node('Identity', [x], outputs);
    const size = writer.value('Shape', [x], { start: 2 });
    const least = writer.reduce('ReduceMin', size, [0], true);
    const isSmall = writer.value('Cast', [writer.value('Less', [least, writer.int64s([side])])], {
      to: writer.typeCode('int64'),
    });
    // The list has one element, 1: element 1, of an image that is too small, does not exist.
    const one = writer.value('Gather', [writer.int64s([1]), isSmall]);
    writer.node('Reshape', [x, writer.value('Mul', [writer.value('Shape', [x]), one])], outputs);
  },
});
