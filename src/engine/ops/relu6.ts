/** ReLU that ends at 6, as networks for small machines have it. */
import { defineOp } from '../op.js';
import type { Tensor } from '../tensor.js';
import { mul } from './elementwise.js';

/**
 * max(0, min(x, 6)); the gradient at 0 and at 6 is 0. It equals `clip(x, 0, 6)`, whose gradient needs x: this one's needs
 * the result alone, so that training does not keep x.
 */
export const relu6 = (x: Tensor): Tensor => relu6Op([x], {})[0];
const relu6Op = defineOp<object>({
  name: 'relu6',
  keepsCells: true,
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: ({ outputs: [y], gradient: g }) => [mul(g, relu6Mask(y))],
  emit: ({ writer, inputs: [x], outputs }) => writer.node('Clip', [x, writer.scalar(0), writer.scalar(6)], outputs),
});

/** 1 where 0 < y < 6, 0 elsewhere, of a result y of ReLU6; float32: what its gradient is multiplied by. */
const relu6Mask = (y: Tensor): Tensor => relu6MaskOp([y], {})[0];
export const relu6MaskOp = defineOp<object>({
  name: 'relu6Mask',
  keepsCells: true,
  infer: ([y]) => ({ shape: y.shape, dtype: 'float32' }),
  gradient: 'zero',
  emit: ({ writer, inputs: [y], outputs }) => {
    const above = writer.value('Greater', [y, writer.scalar(0)]);
    const below = writer.value('Less', [y, writer.scalar(6)]);
    writer.node('Cast', [writer.value('And', [above, below])], outputs, { to: writer.typeCode('float32') });
  },
});
