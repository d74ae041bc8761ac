/**
 * The gradient by the input of a strided convolution of each channel by itself: the runtime's ConvTranspose takes one
 * channel after the other, in about ten times the time of the convolution.
 *
 * Along an axis, dX[i] is the sum of dY[(i + padding - a) / stride] W[a] over the taps a for which that is whole. Pixels
 * i = stride q + r of one remainder r, a phase, meet the same taps: each phase is a convolution of dY at stride 1 with a
 * part of the kernel. So one convolution makes all phases, as channels, and DepthToSpace puts them side by side.
 */
import type { EmitContext } from '../../../op.js';
import type { InputGradientAttributes } from '../../../ops/conv-gradients.js';
import type { Window } from '../../../ops/window.js';
import { selection } from '../selection.js';

/** The phases along one axis. */
interface Phases {
  /** Pixels of each phase. */
  readonly length: number;
  /** Length of the kernel that holds the taps of every phase. */
  readonly kernel: number;
  /** Padding of dY, which may be negative: first before it, then after it. */
  readonly pads: readonly [number, number];
  /** Of each tap its phase and its place in the kernel. */
  readonly taps: readonly (readonly [phase: number, place: number])[];
}

function phasesOf({ kernel, stride, padding }: Window, axis: 0 | 1, size: number, places: number): Phases {
  const [step, before] = [stride[axis], padding[axis]];
  const met = Array.from({ length: kernel[axis] }, (_, a) => {
    const phase = (((a - before) % step) + step) % step;
    return { phase, offset: (phase + before - a) / step };
  });
  const first = Math.min(...met.map(({ offset }) => offset));
  const length = Math.ceil(size / step);
  const taps = Math.max(...met.map(({ offset }) => offset)) - first + 1;
  return {
    length,
    kernel: taps,
    pads: [-first, length + taps - 1 - places + first],
    taps: met.map(({ phase, offset }) => [phase, offset - first]),
  };
}

/** Whether the form fits: one channel a group, one stride above 1 for both axes, no dilation. */
export const isStridedDepthwise = ({ stride, dilation }: Window, depthwise: boolean): boolean =>
  depthwise && stride[0] === stride[1] && stride[0] > 1 && dilation.every((d) => d === 1);

export function emitStridedDepthwise({
  writer,
  inputs: [dy, weight],
  outputs,
  attributes: { convolution, input },
  inputTypes: [{ shape }],
}: EmitContext<InputGradientAttributes>): void {
  const [, c, h, w] = input;
  const { kernel, stride } = convolution;
  const [rows, columns] = [phasesOf(convolution, 0, h, shape[2]), phasesOf(convolution, 1, w, shape[3])];
  const [step] = stride;
  const taps = kernel[0] * kernel[1];
  const size = step * step * rows.kernel * columns.kernel;
  // Each tap goes to its phase and to its place there: [C, taps] x [taps, phases places].
  const place = selection(taps, size, (tap) => {
    const [phase, row] = rows.taps[Math.floor(tap / kernel[1])];
    const [across, column] = columns.taps[tap % kernel[1]];
    return ((phase * step + across) * rows.kernel + row) * columns.kernel + column;
  });
  const flat = writer.reshape(weight, [c, taps]);
  const placed = writer.value('MatMul', [flat, writer.constant(place, 'float32', [taps, size])]);
  const phases = writer.value('Conv', [dy, writer.reshape(placed, [c * step * step, 1, rows.kernel, columns.kernel])], {
    kernel_shape: [rows.kernel, columns.kernel],
    strides: [1, 1],
    dilations: [1, 1],
    pads: [rows.pads[0], columns.pads[0], rows.pads[1], columns.pads[1]],
    group: c,
  });
  const whole = rows.length * step === h && columns.length * step === w;
  const options = { blocksize: step, mode: 'CRD' };
  if (whole) {
    writer.node('DepthToSpace', [phases], outputs, options);
    return;
  }
  const bounds = [
    [0, 0],
    [h, w],
    [2, 3],
  ].map((list) => writer.int64s(list));
  writer.node('Slice', [writer.value('DepthToSpace', [phases], options), ...bounds], outputs);
}
