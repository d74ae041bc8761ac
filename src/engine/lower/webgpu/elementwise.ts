/** Ops on single elements whose operator the provider lacks. */
import { signOp } from '../../ops/elementwise.js';
import { emissionOf } from '../target.js';

/** 1 where x > 0, minus 1 where x < 0: there is no Sign. */
export const signEmission = emissionOf(signOp, ({ writer, inputs: [x], outputs }) => {
  const [above, below] = ['Greater', 'Less'].map((comparison) =>
    writer.value('Cast', [writer.value(comparison, [x, writer.scalar(0)])], { to: writer.typeCode('float32') }),
  );
  writer.node('Sub', [above, below], outputs);
});
