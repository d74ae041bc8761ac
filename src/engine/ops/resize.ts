/** Resampling along height and width, all of it linear: Y = R X C^T for a matrix of rows R and one of columns C. */
import { atCellsOf } from '../grid.js';
import { defineOp } from '../op.js';
import { type Shape, showShape, type Tensor } from '../tensor.js';
import { emitResample64 } from './float64.js';
import { matmul } from './matmul.js';
import { constant } from './source.js';

/** A matrix [outputs, inputs] of resampling weights, row-major. */
export interface Resampling {
  readonly outputs: number;
  readonly inputs: number;
  readonly weights: Float64Array;
}

/**
 * Applies one matrix along the height and one along the width of x [N, C, H, W]; `transposed` applies their
 * transposes, which is the gradient.
 */
export function resample(x: Tensor, rows: Resampling, columns: Resampling, transposed = false): Tensor {
  const matrix = ({ outputs, inputs, weights }: Resampling) => constant(weights, [outputs, inputs]);
  const wide = matmul(x, matrix(columns), { b: !transposed }); // [N,C,H,W] -> [N,C,H,w]
  return matmul(matrix(rows), wide, { a: transposed }); // -> [N,C,h,w]
}

/**
 * Where output pixel i of n lies among the m input pixels:
 * half-pixel (i + 1/2) m/n - 1/2, as PyTorch has it; legacy i m/n, as TensorFlow 1 has it; align-corners i (m-1)/(n-1).
 */
export type Coordinates = 'half-pixel' | 'legacy' | 'align-corners';

const place: Record<Coordinates, (i: number, n: number, m: number) => number> = {
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
  interpolation(outputs, inputs, (i) => place[coordinates](i, outputs, inputs));

/** Weights of linear interpolation at `placeOf(i)` for output i; beyond the ends the last sample counts. */
export function interpolation(outputs: number, inputs: number, placeOf: (i: number) => number): Resampling {
  const weights = new Float64Array(outputs * inputs);
  for (let i = 0; i < outputs; i++) {
    const at = Math.min(Math.max(placeOf(i), 0), inputs - 1);
    const low = Math.floor(at);
    const high = Math.min(low + 1, inputs - 1);
    weights[i * inputs + low] += 1 - (at - low);
    weights[i * inputs + high] += at - low;
  }
  return { outputs, inputs, weights };
}

interface ResizeAttributes {
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

/** The resampling of rows and that of columns. */
const matrices = ([, , h, w]: Shape, { height, width, coordinates }: ResizeAttributes) =>
  [linearResampling(height, h, coordinates), linearResampling(width, w, coordinates)] as const;

const resizeOp = defineOp<ResizeAttributes>({
  name: 'resize',
  infer: ([x], { height, width }) => {
    if (x.shape.length !== 4) throw new Error(`expected [N, C, H, W], got ${showShape(x.shape)}`);
    return { shape: [x.shape[0], x.shape[1], height, width], dtype: x.dtype };
  },
  gradient: ({ inputs: [x, like], attributes, gradient }) => {
    const dx = resample(gradient, ...matrices(x.shape, attributes), true);
    return like ? [dx, null] : [dx];
  },
  emit: ({ writer, inputs, outputs, attributes, inputTypes: [x, like] }) => {
    if (writer.precision === 'float64')
      return emitResample64(writer, [inputs[0], outputs[0]], ...matrices(x.shape, attributes));
    const { height, width, coordinates } = attributes;
    if (writer.dynamic && !like)
      throw new Error('a model of free size can only resize to the size of another value: use resizeLike');
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
