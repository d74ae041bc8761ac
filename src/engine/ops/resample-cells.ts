/** Resampling between maps whose cells lie at known pixels of one image: see `Grid`. */
import { atCellsOf, type Grid, gridOf, knownGrid, nearestPixels, sameGrid, windowStart } from '../grid.js';
import type { GraphWriter } from '../onnx/writer.js';
import { defineOp } from '../op.js';
import { type Shape, sameShape, showShape, type Tensor } from '../tensor.js';
import { emitIndices, emitSize } from './free-sizes.js';
import { emitResampling, interpolation, type Resampling, resample } from './resampling.js';
import { type Coordinates, resizeBySize } from './resize.js';
import type { Window } from './window.js';

/**
 * How a map is brought to the size of another. 'cells' uses where the cells of the two maps lie in the image; the others
 * use the two sizes only, as other programs do, and shift features against the image.
 */
export type ResizeRule = 'cells' | Coordinates;

/**
 * Resamples x [N, C, h, w] at the cells of `like` [.., H, W], bilinearly between the cells of x. Beyond its first and its
 * last cell x has the value of that cell. In a model of free size the result has whatever size `like` has.
 * @throws Error when it is unknown where the cells of x or of `like` lie
 */
export function resizeLike(x: Tensor, like: Tensor, rule: ResizeRule = 'cells'): Tensor {
  // A single cell, such as a mean over the image, has one value everywhere, so it does not matter where it lies.
  if (x.shape[2] * x.shape[3] === 1 && !gridOf(x)) return resizeBySize(x, like, 'half-pixel');
  if (rule !== 'cells') return resizeBySize(x, like, rule);
  const [from, to] = [knownGrid(x), knownGrid(like)];
  if (sameGrid(from, to) && sameShape(x.shape.slice(2), like.shape.slice(2))) return x;
  const shifts = [...shiftsOf(from, -1), ...shiftsOf(to, 1)];
  const [y] = resampleCells([x, like, ...shifts.map(({ input }) => input)], {
    height: like.shape[2],
    width: like.shape[3],
    axes: [0, 1].map((axis) => ({
      scale: to.stride[axis] / from.stride[axis],
      offset: (to.start[axis] - from.start[axis]) / from.stride[axis],
    })),
    sizes: `${from.sizedBy} to ${to.sizedBy}`,
    shifts: shifts.map(({ window, factor }) => ({ window, factor: factor.map((f, a) => f / from.stride[a]) })),
  });
  return atCellsOf(y, like);
}

/**
 * The parts of a grid's start that depend on the size of the image: those of windows with padding 'same'.
 * @param sign 1 for the grid that is sampled at, -1 for the one that is sampled
 */
const shiftsOf = ({ fitted }: Grid, sign: number) =>
  fitted.map(({ input, window, unit }) => ({ input, window, factor: unit.map((u) => sign * u) }));

interface CellsAttributes {
  readonly height: number;
  readonly width: number;
  /** Along height and width: output i lies at scale i + offset among the cells of x. */
  readonly axes: readonly { readonly scale: number; readonly offset: number }[];
  /** Parts of the offset that depend on the size of an input: factor times the start of the window (`windowStart`). */
  readonly shifts: readonly { readonly window: Window; readonly factor: readonly number[] }[];
  /**
   * Names the sizes of x and of `like` by the windows that made them: in a model of free size, nodes of equal names have
   * their matrices in common.
   */
  readonly sizes: string;
}

/** The resampling of rows and that of columns. */
const matrices = ([, , h, w]: Shape, { height, width, axes }: CellsAttributes): readonly [Resampling, Resampling] => {
  const [rows, columns] = axes.map(
    ({ scale, offset }) =>
      (i: number) =>
        scale * i + offset,
  );
  return [interpolation(height, h, rows), interpolation(width, w, columns)];
};

const resampleCells = defineOp<CellsAttributes>({
  name: 'resampleCells',
  infer: ([x], { height, width }) => ({ shape: [x.shape[0], x.shape[1], height, width], dtype: x.dtype }),
  gradient: ({ inputs: [x, ...others], attributes, gradient }) => [
    resample(gradient, ...matrices(x.shape, attributes), true),
    ...others.map(() => null),
  ],
  emit: ({ writer, inputs: [x, like, ...windows], outputs: [y], inputTypes, attributes }) => {
    if (!writer.dynamic) return emitResampling(writer, [x, y], ...matrices(inputTypes[0].shape, attributes));
    // Several maps of the same sizes, as those of several tasks, use one pair of matrices.
    const along = (axis: 0 | 1) => {
      const make = () => emitWeights(writer, [x, like, ...windows], axis, attributes);
      return writer.once(`cells ${axis} ${JSON.stringify(attributes)}`, make);
    };
    const columns = along(1);
    writer.node('MatMul', [along(0), writer.value('MatMul', [x, columns])], [y]); // R (X C^T)
  },
});

/**
 * The matrix along one axis, made of the sizes that x and `like` have when the graph runs:
 * max(0, 1 - |min(max(scale i + offset, 0), inputs - 1) - j|), [outputs, inputs] of rows and [inputs, outputs] of columns.
 */
function emitWeights(
  writer: GraphWriter,
  [x, like, ...windows]: readonly string[],
  axis: 0 | 1,
  { axes, shifts }: CellsAttributes,
): string {
  const sizeOf = (name: string) => emitSize(writer, name, 2 + axis);
  const indices = (name: string) => emitIndices(writer, name, 2 + axis);
  const { scale, offset } = axes[axis];
  let fixed = offset;
  let free: string | undefined;
  for (const [k, { window, factor }] of shifts.entries()) {
    fixed -= factor[axis] * windowStart(window, axis);
    const start = emitStart(writer, sizeOf(windows[k]), window, axis);
    const part = writer.value('Mul', [start, writer.scalar(factor[axis])]);
    free = free ? writer.value('Add', [free, part]) : part;
  }
  const first = free ? writer.value('Add', [free, writer.scalar(fixed)]) : writer.scalar(fixed);
  const places = writer.value('Add', [writer.value('Mul', [indices(like), writer.scalar(scale)]), first]);
  const most = writer.value('Sub', [sizeOf(x), writer.scalar(1)]);
  const inside = writer.value('Min', [writer.value('Max', [places, writer.scalar(0)]), most]);
  const [i, j] = [inside, indices(x)].map((indices, at) =>
    writer.value('Unsqueeze', [indices, writer.int64s([at === axis ? 1 : 0])]),
  );
  const distance = writer.value('Abs', [writer.value('Sub', [i, j])]);
  return writer.value('Relu', [writer.value('Sub', [writer.scalar(1), distance])]);
}

/** (k - 1) d / 2 - floor(max(0, (ceil(m / s) - 1) s + (k - 1) d + 1 - m) / 2) for a size of m: see `windowOf`. */
function emitStart(writer: GraphWriter, size: string, { kernel, stride, dilation }: Window, axis: 0 | 1): string {
  const reach = (kernel[axis] - 1) * dilation[axis];
  const s = writer.scalar(stride[axis]);
  const outputs = writer.value('Ceil', [writer.value('Div', [size, s])]);
  const covered = writer.value('Add', [writer.value('Mul', [outputs, s]), writer.scalar(reach + 1 - stride[axis])]);
  const all = writer.value('Relu', [writer.value('Sub', [covered, size])]);
  const before = writer.value('Floor', [writer.value('Mul', [all, writer.scalar(0.5)])]);
  return writer.value('Sub', [writer.scalar(reach / 2), before]);
}

/**
 * Samples a label [N, C, H, W], whose pixels are those of the image, at the pixels where the cells of `like` are centred.
 * @returns [N, C, h, w], of the height and width of `like`; it cannot be differentiated
 */
export function samplePixels(label: Tensor, like: Tensor): Tensor {
  const [, , height, width] = label.shape;
  const [, , h, w] = like.shape;
  if (height === h && width === w) return label;
  const grid = knownGrid(like);
  return pickOp([label], { rows: nearestPixels(grid, 0, h, height), columns: nearestPixels(grid, 1, w, width) })[0];
}

const pickOp = defineOp<{ readonly rows: readonly number[]; readonly columns: readonly number[] }>({
  name: 'pickPixels',
  infer: ([x], { rows, columns }) => {
    if (x.shape.length !== 4) throw new Error(`expected [N, C, H, W], got ${showShape(x.shape)}`);
    return { shape: [x.shape[0], x.shape[1], rows.length, columns.length], dtype: x.dtype };
  },
  gradient: 'unsupported',
  emit: ({ writer, inputs: [x], outputs, attributes: { rows, columns } }) => {
    const picked = writer.value('Gather', [x, writer.int64s(rows)], { axis: 2 });
    writer.node('Gather', [picked, writer.int64s(columns)], outputs, { axis: 3 });
  },
});
