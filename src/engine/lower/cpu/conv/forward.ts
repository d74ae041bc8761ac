/** The convolution itself, where it is not taken by tiles: over its live taps, in the blocked layout where that is faster. */
import type { EmitContext } from '../../../op.js';
import { type ConvAttributes, conv2dOp } from '../../../ops/conv.js';
import type { CpuTuning } from '../constants.js';
import { blocksPay, emitBlocked } from './blocked.js';
import { cropKernel, croppedWindow, liveTaps } from './live-taps.js';

export const emitConvolution = (tuning: CpuTuning) => (context: EmitContext<ConvAttributes>) => {
  const { writer, inputs, outputs, attributes, inputTypes } = context;
  // Which taps are live depends on the size of the map.
  if (writer.dynamic) return conv2dOp.emit(context);
  const [x, { shape: weightShape }] = inputTypes;
  const { stride, dilation, groups } = attributes;
  const live = liveTaps(x.shape, attributes);
  const weight = cropKernel(writer, inputs[1], weightShape, live);
  const [kernel, pads] = croppedWindow(attributes, live);
  const given = [inputs[0], weight, ...inputs.slice(2)] as const;
  if (blocksPay(writer, tuning, x.shape, weightShape, { kernel, stride, groups })) {
    const shape = [...weightShape.slice(0, 2), ...kernel];
    emitBlocked(writer, { inputs: given, output: outputs[0], weight: shape, exchanged: false, dilation, pads });
    return;
  }
  conv2dOp.emit({ ...context, inputs: given, attributes: { ...attributes, kernel, padding: pads } as ConvAttributes });
};
