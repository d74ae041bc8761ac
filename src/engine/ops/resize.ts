/** Bilinear resizing by a rule that knows the two sizes only, as other programs have it. */
import { atCellsOf } from '../grid.js';
import { defineOp } from '../op.js';
import { type Shape, showShape, type Tensor } from '../tensor.js';
import { interpolation, type Resampling, resample } from './resampling.js';

/**
 * Where output pixel i of n lies among the m input pixels:
 * half-pixel (i + 1/2) m/n - 1/2, as PyTorch has it; legacy i m/n, as TensorFlow 1 has it; align-corners i (m-1)/(n-1).
 */
export type Coordinates = 'half-pixel' | 'legacy' | 'align-corners';

const placeOf: Record<Coordinates, (i: number, n: number, m: number) => number> = {
  'half-pixel': (i, n, m) => ((i + 0.5) * m) / n - 0.5,
  legacy: (i, n, m) => (i * m) / n,
  'align-corners': (i, n, m) => (n === 1 ? 0 : (i * (m - 1)) / (n - 1)),
};

const onnxCoordinates: Record<Coordinates, string> = {
  'half-pixel': 'half_pixel',
  legacy: 'asymmetric',
  'align-corners': 'align_corners',
};

/** Weights of linear interpolation from `inputs` to `outputs` samples by a rule. */
export const linearResampling = (outputs: number, inputs: number, coordinates: Coordinates): Resampling =>
  interpolation(outputs, inputs, (i) => placeOf[coordinates](i, outputs, inputs));

export interface ResizeAttributes {
  readonly height: number;
  readonly width: number;
  readonly coordinates: Coordinates;
}

/** Bilinear resize of x [N, C, H, W] to [N, C, height, width] by a rule that knows the two sizes only. */
export const resizeBilinear = (x: Tensor, height: number, width: number, coordinates: Coordinates = 'half-pixel') =>
  x.shape[2] === height && x.shape[3] === width ? x : resizeOp([x], { height, width, coordinates })[0];

/** The same to the height and width of `like`: in a model of free size, to whatever `like` has there. */
export const resizeBySize = (x: Tensor, like: Tensor, coordinates: Coordinates): Tensor =>
  atCellsOf(resizeOp([x, like], { height: like.shape[2], width: like.shape[3], coordinates })[0], like);

/** The resampling of rows and that of columns, for maps of a shape. */
export const resizeMatrices = ([, , h, w]: Shape, { height, width, coordinates }: ResizeAttributes) =>
  [linearResampling(height, h, coordinates), linearResampling(width, w, coordinates)] as const;

export const resizeOp = defineOp<ResizeAttributes>({
  name: 'resize',
  infer: ([x], { height, width }) => {
    if (x.shape.length !== 4) throw new Error(`expected [N, C, H, W], got ${showShape(x.shape)}`);
    return { shape: [x.shape[0], x.shape[1], height, width], dtype: x.dtype };
  },
  gradient: ({ inputs: [x, like], attributes, gradient }) => {
    const dx = resample(gradient, ...resizeMatrices(x.shape, attributes), true);
    return like ? [dx, null] : [dx];
  },
  emit: ({ writer, inputs, outputs, attributes, inputTypes: [x, like], where }) => {
    const { height, width, coordinates } = attributes;
    if (writer.dynamic && !like)
      throw new Error(`${where}: a model of free size can only resize to the size of another value: use resizeLike`);
    let sizes: string;
    if (writer.dynamic) {
      const part = (name: string, start: number, end: number) => writer.value('Shape', [name], { start, end });
      sizes = writer.value('Concat', [part(inputs[0], 0, 2), part(inputs[1], 2, 4)], { axis: 0 });
    } else sizes = writer.int64s([...(x.shape.slice(0, 2) as Shape), height, width]);
    writer.node('Resize', [inputs[0], '', '', sizes], outputs, {
      mode: 'linear',
      coordinate_transformation_mode: onnxCoordinates[coordinates],
    });
  },
});
