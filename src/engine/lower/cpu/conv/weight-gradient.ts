/**
 * The gradient of a convolution by its weights, where it is not taken by tiles. All forms are matrix products; they differ
 * in what is copied for them. README.md has a drawing.
 */
import type { GraphWriter } from '../../../onnx/writer.js';
import type { EmitContext } from '../../../op.js';
import type { ConvAttributes } from '../../../ops/conv.js';
import type { ConvGradientAttributes } from '../../../ops/conv-gradients.js';
import { emitProduct } from '../../../ops/matmul.js';
import { type Pair, tapRange, type Window } from '../../../ops/window.js';
import type { CpuTuning } from '../constants.js';
import { selection } from '../selection.js';

/** The context of the gradient's emission, with the attributes of the convolution. */
type Context = EmitContext<ConvAttributes>;

export const emitWeightGradient = (tuning: CpuTuning) => (gradient: EmitContext<ConvGradientAttributes>) => {
  const context = { ...gradient, attributes: gradient.attributes.convolution };
  forms[cheapestForm(tuning, context)](context);
};

const forms = { views: emitViews, shifts: emitShifts, taps: emitTaps };

/** The form that takes least time, estimated by how many numbers are moved: docs/decisions/002-formulations.md. */
export function cheapestForm(
  { leastPixelShare, movesPerTransposition }: CpuTuning,
  { attributes, inputTypes: [x, dy] }: Pick<Context, 'attributes' | 'inputTypes'>,
): keyof typeof forms {
  const { kernel, stride, groups } = attributes;
  const [n, c, h] = x.shape;
  const [, o, oh, ow] = dy.shape;
  const taps = kernel[0] * kernel[1];
  /** Along each axis, the share of positions at which a tap sees a pixel and not padding. */
  const met = ([0, 1] as const).map((axis) => {
    const [size, places] = [x.shape[2 + axis], dy.shape[2 + axis]];
    const ranges = Array.from({ length: kernel[axis] }, (_, tap) => tapRange(size, places, tap, axis, attributes));
    return ranges.reduce((sum, [from, to]) => sum + Math.max(to - from, 0), 0) / (kernel[axis] * places);
  });
  if (taps === 1 || met[0] * met[1] < leastPixelShare) return 'taps';
  if (groups > 1 || stride.some((s) => s > 1)) return 'views';
  const shifts = n * h * ow * (kernel[0] * o + kernel[1] * c) + movesPerTransposition * taps * o * c;
  return shifts < n * oh * ow * taps * c ? 'shifts' : 'views';
}

/** The sum over images of `size` numbers each, as a product: the runtime's sum over a first axis is 5 times slower. */
function sumOverImages(writer: GraphWriter, products: string, images: number, size: number): string {
  if (images === 1) return products;
  const ones = writer.constant(new Float32Array(images).fill(1), 'float32', [1, images]);
  return writer.value('MatMul', [ones, writer.reshape(products, [images, size])]);
}

/**
 * The pixels that each tap of a window sees, a channel for each channel and tap: [N, C, H, W] -> [N, C taps, H', W'].
 * They are copied by a convolution of each channel by itself with zeros and a one, which pads and copies in one node and
 * on all threads, in a fourth of the time of Pad, Slices and Concat.
 * @param order whether the views begin with the first tap or with the last
 */
function emitTapViews(
  writer: GraphWriter,
  maps: string,
  channels: number,
  window: Window,
  order: 'first' | 'last',
): string {
  const { kernel, stride, dilation, padding } = window;
  const taps = kernel[0] * kernel[1];
  const picks = selection(channels * taps, taps, (i) => (order === 'first' ? i % taps : taps - 1 - (i % taps)));
  const weight = writer.constant(picks, 'float32', [channels * taps, 1, ...kernel]);
  const attributes = { kernel_shape: kernel, strides: stride, dilations: dilation, pads: padding, group: channels };
  return writer.value('Conv', [maps, weight], attributes);
}

/** One product dW = dY X^T, with X[c, tap, p] = x[c, p stride + tap dilation - padding] the view of each tap. */
function emitViews({ writer, inputs: [x, dy], outputs, attributes, inputTypes }: Context): void {
  const { kernel, groups } = attributes;
  const [n, c] = inputTypes[0].shape;
  const [, o, oh, ow] = inputTypes[1].shape;
  const weights = (o * c * kernel[0] * kernel[1]) / groups;
  const views = writer.reshape(emitTapViews(writer, x, c, attributes, 'first'), [n, groups, weights / o, oh * ow]);
  const gradient = writer.reshape(dy, [n, groups, o / groups, oh * ow]);
  const product = emitProduct(writer, { name: gradient, rank: 4 }, { name: views, rank: 4, transposed: true }); // [N, G, O/G, C/G taps]
  writer.reshape(sumOverImages(writer, product, n, weights), [o, c / groups, ...kernel], outputs[0]);
}

/**
 * At stride 1. With h = p + a dilation - padding, the row of x that row a of the kernel sees from p, the definition is
 *   dW[o, c, a, b] = sum over h, q of dY[o, h - a dilation + padding, q] x[c, h, q + b dilation - padding]:
 * dY is shifted by rows only and x by columns only. So there are kh copies of dY and kw copies of x, where `views` has
 * kh kw copies of x.
 */
function emitShifts({ writer, inputs: [x, dy], outputs, attributes, inputTypes }: Context): void {
  const { kernel, dilation, padding } = attributes;
  const [n, c, h] = inputTypes[0].shape;
  const [, o, , ow] = inputTypes[1].shape;
  const [kh, kw] = kernel;
  const reach = (kh - 1) * dilation[0];
  const down: Window = {
    ...attributes,
    kernel: [kh, 1],
    padding: [reach - padding[0], 0, reach - padding[2], 0],
  };
  const across: Window = { ...attributes, kernel: [1, kw], padding: [0, padding[1], 0, padding[3]] };
  const rows = writer.reshape(emitTapViews(writer, dy, o, down, 'last'), [n, o * kh, h * ow]);
  const columns = writer.reshape(emitTapViews(writer, x, c, across, 'first'), [n, c * kw, h * ow]);
  const product = emitProduct(writer, { name: rows, rank: 3 }, { name: columns, rank: 3, transposed: true }); // [N, O kh, C kw]
  const split = writer.reshape(sumOverImages(writer, product, n, o * c * kh * kw), [o, kh, c, kw]);
  writer.node('Transpose', [split], outputs, { perm: [0, 2, 1, 3] });
}

/**
 * A table [taps, O C] as weights [O, C, kh, kw], each tap at its place in the kernel. It is a product with zeros and ones,
 * which works on all threads; a transposition would not.
 */
function emitPlaced(
  writer: GraphWriter,
  table: string,
  places: readonly number[],
  shape: readonly number[],
  output: string,
): void {
  const size = shape[2] * shape[3];
  const at = selection(places.length, size, (i) => places[i]);
  const order = writer.constant(at, 'float32', [places.length, size]);
  writer.reshape(
    emitProduct(writer, { name: table, rank: 2, transposed: true }, { name: order, rank: 2 }),
    shape,
    output,
  );
}

/** A product for each tap, of the parts of x and dY that meet; for any kernel, stride, dilation, padding and groups. */
function emitTaps({ writer, inputs, outputs, attributes, inputTypes }: Context): void {
  const { kernel, stride, dilation, padding, groups } = attributes;
  const [n, c, h, w] = inputTypes[0].shape;
  const [, o, oh, ow] = inputTypes[1].shape;
  const [co, cc] = [o / groups, c / groups];
  const cut = (name: string, rows: Pair, columns: Pair, step: Pair, whole: Pair) =>
    rows[0] === 0 && columns[0] === 0 && rows[1] === whole[0] && columns[1] === whole[1] && step.every((s) => s === 1)
      ? name
      : writer.value('Slice', [
          name,
          writer.int64s([rows[0], columns[0]]),
          writer.int64s([rows[1], columns[1]]),
          writer.int64s([2, 3]),
          writer.int64s(step),
        ]);
  const taps: string[] = [];
  const places: number[] = [];
  for (let u = 0; u < kernel[0]; u++) {
    for (let v = 0; v < kernel[1]; v++) {
      const rows = tapRange(h, oh, u, 0, attributes);
      const columns = tapRange(w, ow, v, 1, attributes);
      if (rows[0] >= rows[1] || columns[0] >= columns[1]) continue; // the tap sees only padding
      const [top, left] = [u * dilation[0] - padding[0], v * dilation[1] - padding[1]];
      const span = (range: Pair, offset: number, s: number): Pair => [
        range[0] * s + offset,
        (range[1] - 1) * s + offset + 1,
      ];
      const met = cut(inputs[0], span(rows, top, stride[0]), span(columns, left, stride[1]), stride, [h, w]);
      const gradient = cut(inputs[1], rows, columns, [1, 1], [oh, ow]);
      const pixels = (rows[1] - rows[0]) * (columns[1] - columns[0]);
      const a = writer.reshape(gradient, [n, groups, co, pixels]);
      const b = writer.reshape(met, [n, groups, cc, pixels]);
      const product = emitProduct(writer, { name: a, rank: 4 }, { name: b, rank: 4, transposed: true }); // [N, G, O/G, C/G]
      taps.push(sumOverImages(writer, product, n, o * cc));
      places.push(u * kernel[1] + v);
    }
  }
  const shape = [o, cc, ...kernel];
  const size = kernel[0] * kernel[1];
  if (taps.length === 0) writer.node('Identity', [writer.filled(0, shape)], outputs);
  else if (size === 1) writer.reshape(taps[0], shape, outputs[0]);
  else {
    const stacked = taps.length === 1 ? taps[0] : writer.value('Concat', taps, { axis: 0 }); // [taps, O C / G]
    emitPlaced(writer, writer.reshape(stacked, [taps.length, o * cc]), places, shape, outputs[0]);
  }
}
