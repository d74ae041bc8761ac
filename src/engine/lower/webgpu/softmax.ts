/** The logarithm of Softmax in parts: there is no LogSoftmax. */
import type { Reduction } from '../../onnx/writer.js';
import { logSoftmaxOp } from '../../ops/softmax.js';
import { emissionOf } from '../target.js';

/** x - m - log sum e^(x - m), where m is the maximum along the axis. */
export const logSoftmaxEmission = emissionOf(logSoftmaxOp, ({ writer, inputs: [x], outputs, attributes: { axis } }) => {
  const over = (type: Reduction, y: string) => writer.reduce(type, y, [axis], true);
  const centred = writer.value('Sub', [x, over('ReduceMax', x)]);
  const sum = over('ReduceSum', writer.value('Exp', [centred]));
  writer.node('Sub', [centred, writer.value('Log', [sum])], outputs);
});
