/**
 * Convolution in blocks of channels: the runtime's own layout, in which the channels of a block lie side by side. Maps
 * are reordered before and after. How many channels a block has depends on the processor:
 * `Capabilities.blockedConvolution`.
 */
import type { GraphWriter } from '../../../onnx/writer.js';
import type { ConvAttributes } from '../../../ops/conv.js';
import type { Shape } from '../../../tensor.js';
import type { CpuTuning } from '../constants.js';

const DOMAIN = 'com.microsoft.nchwc';

/** Whether blocks are faster for maps x [N, C, H, W] and weights [O, C, kh, kw]: docs/decisions/002-formulations.md. */
export function blocksPay(
  { target, dynamic }: GraphWriter,
  { fewestBlockedPixels, mostBlockedChannels }: CpuTuning,
  [, , h, w]: Shape,
  weight: Shape,
  { kernel, stride, groups }: Pick<ConvAttributes, 'kernel' | 'stride' | 'groups'>,
): boolean {
  const block = target.capabilities.blockedConvolution;
  const fits = (channels: number) => channels % block === 0 && channels <= mostBlockedChannels;
  return (
    block > 0 &&
    !dynamic &&
    groups === 1 &&
    weight.slice(0, 2).every(fits) &&
    kernel.every((k) => k > 1) &&
    stride.every((s) => s === 1) &&
    h * w >= fewestBlockedPixels
  );
}

export interface BlockedConv {
  readonly inputs: readonly [x: string, weight: string, ...bias: string[]];
  readonly output: string;
  /** [O, C, kh, kw] of the weights. */
  readonly weight: Shape;
  /** The weights are read as those of a convolution from O channels to C: for the gradient by the input. */
  readonly exchanged: boolean;
  readonly dilation: readonly number[];
  readonly pads: readonly number[];
}

/** Writes the convolution, at stride 1. */
export function emitBlocked(writer: GraphWriter, conv: BlockedConv): void {
  const { inputs, weight, exchanged, dilation, pads, output } = conv;
  const [o, c, ...kernel] = weight;
  const b = writer.target.capabilities.blockedConvolution;
  const [x, weights, ...bias] = inputs;
  const split = writer.reshape(weights, [o / b, b, c / b, b, ...kernel]);
  // Blocks of channels out, blocks of channels in, taps, channels in, channels out.
  const perm = exchanged ? [2, 0, 4, 5, 1, 3] : [0, 2, 4, 5, 3, 1];
  const [channelsOut, channelsIn] = exchanged ? [c, o] : [o, c];
  const blocks = writer.reshape(writer.value('Transpose', [split], { perm }), [channelsOut, channelsIn, ...kernel]);
  const maps = writer.value('ReorderInput', [x], { channels_last: 0 }, DOMAIN);
  const window = { kernel_shape: kernel, strides: [1, 1], dilations: dilation, pads, group: 1 };
  const y = writer.value('Conv', [maps, blocks, ...bias], window, DOMAIN);
  writer.node('ReorderOutput', [y], [output], { channels: channelsOut, channels_last: 0 }, DOMAIN);
}
