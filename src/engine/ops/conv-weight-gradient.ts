/** Gradient of a convolution by its weights: always matrix products; the forms differ in what is copied for them. */
import type { GraphWriter } from '../onnx/writer.js';
import { defineOp, type EmitUse } from '../op.js';
import type { Tensor } from '../tensor.js';
import { type ConvAttributes, type Pair, tapRange } from './conv.js';
import { emitConvWeightGradient64 } from './conv-float64.js';
import { selection } from './selection.js';

/** dW of a convolution: x [N, C, H, W] and dY [N, O, H', W'] -> [O, C / groups, kh, kw]. */
export const convWeightGradient = (x: Tensor, dy: Tensor, attributes: ConvAttributes): Tensor =>
  weightGradientOp([x, dy], attributes)[0];

const weightGradientOp = defineOp<ConvAttributes>({
  name: 'convWeightGradient',
  infer: ([x, dy], { kernel, groups }) => ({
    shape: [dy.shape[1], x.shape[1] / groups, ...kernel],
    dtype: 'float32',
  }),
  gradient: null,
  emit: (use) => {
    if (use.writer.precision === 'float64') return emitConvWeightGradient64(use);
    const form = cheapest(use);
    if (form === 'shifted rows') emitShiftedRows(use);
    else if (form === 'picked') emitPicked(use);
    else if (form === 'unrolled') emitUnrolled(use);
    else emitTaps(use);
  },
});

/** Multiplications of a large product that take the time of moving one number. */
const PRODUCTS_A_MOVE = 40;
/** Moves that take the time of transposing one number of a table of weights. */
const MOVES_A_TRANSPOSITION = 8;
/** Where taps meet a pixel at fewer of their places than this, leaving the others out is worth a product a tap. */
const LEAST_MET = 0.7;

/** The form that takes least time, counted in numbers moved: see docs/decisions/002-formulations.md. */
function cheapest({ attributes, inputTypes: [x, dy] }: EmitUse<ConvAttributes>) {
  const { kernel, stride, dilation, padding, groups } = attributes;
  const [n, c, h, w] = x.shape;
  const [, o, oh, ow] = dy.shape;
  const taps = kernel[0] * kernel[1];
  const met = ([0, 1] as const).map((axis) => {
    const [size, places] = [x.shape[2 + axis], dy.shape[2 + axis]];
    const ranges = Array.from({ length: kernel[axis] }, (_, tap) => tapRange(size, places, tap, axis, attributes));
    return ranges.reduce((sum, [from, to]) => sum + Math.max(to - from, 0), 0) / (kernel[axis] * places);
  });
  if (groups > 1 || taps === 1 || met[0] * met[1] < LEAST_MET) return 'taps';

  const [pixels, weights] = [n * oh * ow, taps * o * c];
  const [products, summing] = [(pixels * weights) / PRODUCTS_A_MOVE, n > 1 ? n * weights : 0];
  // Either one product over the whole batch, channels first, or a product an image and their sum.
  const ordering = pixels * (o + c);
  const form = ordering < summing ? 'picked' : 'unrolled';
  const unrolled = pixels * (2 * taps + 1) * c + products + Math.min(summing, ordering);
  const d = dilation[0];
  const same = [...kernel].every((k) => k === 3) && [...stride].every((s) => s === 1);
  if (!same || ![...dilation, ...padding].every((m) => m === d)) return form;
  const waste = ((h + 2 * d) * (w + d)) / (h * w);
  const shifted = waste * (pixels * 4 * (o + c) + products) + summing + MOVES_A_TRANSPOSITION * weights;
  return shifted < unrolled ? 'shifted rows' : form;
}

/** The sum over images of so many numbers each, by a product: the runtime's sum over a first axis is 5 times slower. */
function overImages(writer: GraphWriter, products: string, images: number, size: number): string {
  if (images === 1) return products;
  const ones = writer.constant(new Float32Array(images).fill(1), 'float32', [1, images]);
  return writer.value('MatMul', [ones, writer.reshape(products, [images, size])]);
}

/**
 * All nine taps of a 3x3 kernel as one product. With d zeros after each row (width V = W + d), a shift by u rows and
 * v columns is a shift by u d V + v d in flat memory. Three copies of dY, each d V further than the last, and three of
 * x, each d nearer, read as rows of K = (H + 2d) V, give
 *   S[o, a, c, b] = sum_f dY[o, f - a d V] x[c, f - d V - d + b d] = dW[o, c, a, b].
 */
function emitShiftedRows({ writer, inputs, outputs, attributes, inputTypes }: EmitUse<ConvAttributes>): void {
  const [x, dy] = inputs;
  const [n, c, h, w] = inputTypes[0].shape;
  const o = inputTypes[1].shape[1];
  const d = attributes.dilation[0];
  const v = w + d;
  const k = (h + 2 * d) * v;
  const flat = (name: string, channels: number) => {
    const wide = writer.value('Pad', [name, writer.int64s([0, 0, 0, 0, 0, 0, 0, d]), writer.scalar(0)]);
    return writer.reshape(wide, [n, channels, h * v]);
  };
  const zeros = (channels: number, length: number) => writer.filled(0, [n, channels, length]);
  const copies = (parts: readonly string[], channels: number) => {
    const joined = writer.value('Concat', parts, { axis: 2 }); // [N, C, 3 K]
    return writer.reshape(joined, [n, channels * 3, k]);
  };
  const g = flat(dy, o);
  const between = zeros(o, 3 * d * v);
  const gradient = copies([g, between, g, between, g], o);
  const f = flat(x, c);
  const [ends, gap] = [zeros(c, d * v + d), zeros(c, 2 * d * v - d)];
  const input = copies([ends, f, gap, f, gap, f, ends], c);
  const product = writer.value('FusedMatMul', [gradient, input], { transB: 1 }, 'com.microsoft'); // [N, 3 O, 3 C]
  const split = writer.reshape(overImages(writer, product, n, 9 * o * c), [o, 3, c, 3]);
  writer.node('Transpose', [split], outputs, { perm: [0, 2, 1, 3] });
}

/**
 * Every tap's view of x as a row, dW = dY X^T with X[c, tap, p] = x[c, p stride + tap dilation - padding]: one product,
 * no waste and nothing to put in order afterwards, but each channel is copied once a tap.
 */
function emitUnrolled({ writer, inputs, outputs, attributes, inputTypes }: EmitUse<ConvAttributes>): void {
  const { kernel, stride, dilation, padding } = attributes;
  const [n, c] = inputTypes[0].shape;
  const [, o, oh, ow] = inputTypes[1].shape;
  const taps = kernel[0] * kernel[1];
  const wide = writer.value('Pad', [
    inputs[0],
    writer.int64s([0, 0, padding[0], padding[1], 0, 0, padding[2], padding[3]]),
    writer.scalar(0),
  ]);
  const views: string[] = [];
  for (let u = 0; u < kernel[0]; u++) {
    for (let v = 0; v < kernel[1]; v++) {
      const [top, left] = [u * dilation[0], v * dilation[1]];
      const view = writer.value('Slice', [
        wide,
        writer.int64s([top, left]),
        writer.int64s([top + (oh - 1) * stride[0] + 1, left + (ow - 1) * stride[1] + 1]),
        writer.int64s([2, 3]),
        writer.int64s(stride),
      ]);
      views.push(writer.reshape(view, [n, c, oh * ow]));
    }
  }
  const rows = writer.reshape(writer.value('Concat', views, { axis: 2 }), [n, c * taps, oh * ow]);
  const gradient = writer.reshape(inputs[1], [n, o, oh * ow]);
  const product = writer.value('FusedMatMul', [gradient, rows], { transB: 1 }, 'com.microsoft'); // [N, O, C taps]
  writer.reshape(overImages(writer, product, n, taps * o * c), [o, c, ...kernel], outputs[0]);
}

/**
 * Over a batch of small maps channels come first, so that no sum over images follows, and every tap's view of x is picked
 * by products with zeros and ones, along rows and along columns: copies of so short rows take longer.
 */
function emitPicked({ writer, inputs, outputs, attributes, inputTypes }: EmitUse<ConvAttributes>): void {
  const { kernel, stride, dilation, padding } = attributes;
  const [n, c, h, w] = inputTypes[0].shape;
  const [, o, oh, ow] = inputTypes[1].shape;
  const channelsFirst = (name: string) => writer.value('Transpose', [name], { perm: [1, 0, 2, 3] });
  /** [taps, places, size]: where along an axis a tap of each place of the window looks. */
  const pick = (axis: 0 | 1, size: number, places: number) =>
    selection(kernel[axis] * places, size, (i) => {
      const [tap, place] = [Math.floor(i / places), i % places];
      return place * stride[axis] + tap * dilation[axis] - padding[axis];
    });
  const down = writer.constant(pick(0, h, oh), 'float32', [kernel[0], 1, oh, h]);
  const across = writer.constant(pick(1, w, ow), 'float32', [1, kernel[1], ow, w]);
  const x = writer.reshape(channelsFirst(inputs[0]), [1, c * n, h, w]);
  const rows = writer.reshape(writer.value('MatMul', [down, x]), [kernel[0], 1, c * n * oh, w]);
  const views = writer.value('FusedMatMul', [rows, across], { transB: 1 }, 'com.microsoft'); // [kh, kw, C N H', W']
  const taps = kernel[0] * kernel[1];
  const gradient = writer.reshape(channelsFirst(inputs[1]), [1, o, n * oh * ow]);
  const seen = writer.reshape(views, [taps, c, n * oh * ow]);
  const product = writer.value('FusedMatMul', [gradient, seen], { transB: 1 }, 'com.microsoft'); // [taps, O, C]
  const all = Array.from({ length: taps }, (_, i) => i);
  emitPlaced(writer, writer.reshape(product, [taps, o * c]), all, [o, c, ...kernel], outputs[0]);
}

/**
 * Tables [taps, O C] as weights [O, C, kh, kw], each tap at its place: by a product with zeros and ones, at which both
 * threads work, as they do not at a transposition.
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
  writer.reshape(writer.value('FusedMatMul', [table, order], { transA: 1 }, 'com.microsoft'), shape, output);
}

/** One product a tap, of the parts of x and dY that really meet; any kernel, stride, dilation, padding and groups. */
function emitTaps({ writer, inputs, outputs, attributes, inputTypes }: EmitUse<ConvAttributes>): void {
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
      if (rows[0] >= rows[1] || columns[0] >= columns[1]) continue; // it meets nothing but padding
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
      const product = writer.value('FusedMatMul', [a, b], { transB: 1 }, 'com.microsoft'); // [N, G, O/G, C/G]
      taps.push(overImages(writer, product, n, o * cc));
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
