/**
 * Softmax in parts: over any axis but the last the runtime's operators transpose twice, which at 40 classes takes 5 to 16
 * times as long (docs/decisions/002-formulations.md).
 */
import type { Reduction } from '../../onnx/writer.js';
import type { EmitContext } from '../../op.js';
import { logSoftmaxOp, type SoftmaxAttributes, softmaxOp } from '../../ops/softmax.js';
import { emissionOf } from '../target.js';

type Context = EmitContext<SoftmaxAttributes>;

export const softmaxEmissions = [
  emissionOf(softmaxOp, (context) => {
    if (isLast(context)) return softmaxOp.emit(context);
    const { powers, sum } = emitParts(context);
    context.writer.node('Div', [powers, sum], context.outputs);
  }),
  emissionOf(logSoftmaxOp, (context) => {
    if (isLast(context)) return logSoftmaxOp.emit(context);
    const { writer, outputs } = context;
    const { centred, sum } = emitParts(context);
    writer.node('Sub', [centred, writer.value('Log', [sum])], outputs);
  }),
];

const isLast = ({ attributes: { axis }, inputTypes }: Context): boolean => axis === inputTypes[0].shape.length - 1;

/** x - m, where m is the maximum along the axis, e^(x - m) and its sum along the axis. */
function emitParts({ writer, inputs: [x], attributes: { axis } }: Context) {
  const over = (type: Reduction, y: string) => writer.reduce(type, y, [axis], true);
  const centred = writer.value('Sub', [x, over('ReduceMax', x)]);
  const powers = writer.value('Exp', [centred]);
  return { centred, powers, sum: over('ReduceSum', powers) };
}
