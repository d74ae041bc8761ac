/** Ops that look up by index. */
import { defineOp } from '../op.js';
import { axisOf, type Tensor } from '../tensor.js';

/**
 * One channel a class: 1 where the index names it, 0 elsewhere; an index outside 0..depth-1 gives zeros only.
 * @param indices int32 or int64, size 1 along `axis`
 * @returns float32, size `depth` along `axis`
 */
export const oneHot = (indices: Tensor, depth: number, axis: number): Tensor =>
  oneHotOp([indices], { depth, axis: axisOf(indices.shape, axis) })[0];
const oneHotOp = defineOp<{ depth: number; axis: number }>({
  name: 'oneHot',
  keepsCells: true,
  infer: ([indices], { depth, axis }) => {
    if (indices.shape[axis] !== 1) throw new Error(`axis ${axis} must have size 1`);
    return { shape: indices.shape.with(axis, depth), dtype: 'float32' };
  },
  gradient: 'zero',
  emit: ({ writer, inputs, outputs, inputTypes, attributes: { depth, axis } }) => {
    // A comparison with every class: the operator OneHot is slower, and not every device has it.
    const shape = inputTypes[0].shape.map((_, i) => (i === axis ? depth : 1));
    const classes = writer.constant(
      Array.from({ length: depth }, (_, i) => i),
      inputTypes[0].dtype,
      shape,
    );
    writer.node('Cast', [writer.value('Equal', [inputs[0], classes])], outputs, { to: writer.typeCode('float32') });
  },
});

/** Slices of x along an axis, picked by an int64 index vector: [..., S, ...] -> [..., K, ...]. */
export const gather = (x: Tensor, indices: Tensor, axis: number): Tensor =>
  gatherOp([x, indices], { axis: axisOf(x.shape, axis) })[0];
const gatherOp = defineOp<{ axis: number }>({
  name: 'gather',
  infer: ([x, indices], { axis }) => {
    if (indices.shape.length !== 1) throw new Error('indices must be a vector');
    return { shape: x.shape.with(axis, indices.shape[0]), dtype: x.dtype };
  },
  gradient: ({ inputs: [x, indices], attributes: { axis }, gradient }) => [
    scatterAdd([gradient, indices], { axis, size: x.shape[axis] })[0],
    null,
  ],
  emit: ({ writer, inputs, outputs, attributes: { axis } }) => writer.node('Gather', inputs, outputs, { axis }),
});

/** The transpose of gather: adds slices up at their indices. */
const scatterAdd = defineOp<{ axis: number; size: number }>({
  name: 'scatterAdd',
  infer: ([x], { axis, size }) => ({ shape: x.shape.with(axis, size), dtype: x.dtype }),
  gradient: 'unsupported',
  emit: ({ writer, inputs, outputs, inputTypes: [x], outputTypes: [y], attributes: { axis } }) => {
    const column = writer.reshape(
      inputs[1],
      x.shape.map((n, i) => (i === axis ? n : 1)),
    );
    const index = writer.value('Expand', [column, writer.int64s(x.shape)]);
    const zeros = writer.filled(0, y.shape);
    writer.node('ScatterElements', [zeros, index, inputs[0]], outputs, { axis, reduction: 'add' });
  },
});
