/** Linear resampling of maps along height and width: Y = R X C^T for a matrix of rows R and one of columns C. */
import type { GraphWriter } from '../onnx/writer.js';
import type { Tensor } from '../tensor.js';
import { matmul } from './matmul.js';
import { constant } from './source.js';

/** A matrix [outputs, inputs] of resampling weights, row-major. */
export interface Resampling {
  readonly outputs: number;
  readonly inputs: number;
  readonly weights: Float64Array;
}

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

/**
 * Applies one matrix along the height and one along the width of x [N, C, H, W]; `transposed` applies their
 * transposes, which is the gradient.
 */
export function resample(x: Tensor, rows: Resampling, columns: Resampling, transposed = false): Tensor {
  const matrix = ({ outputs, inputs, weights }: Resampling) => constant(weights, [outputs, inputs]);
  const wide = matmul(x, matrix(columns), { b: !transposed }); // [N,C,H,W] -> [N,C,H,w]
  return matmul(matrix(rows), wide, { a: transposed }); // -> [N,C,h,w]
}

/** The same, written into a graph. */
export function emitResampling(
  writer: GraphWriter,
  [input, output]: readonly [input: string, output: string],
  rows: Resampling,
  columns: Resampling,
  transposed = false,
): void {
  const right = writer.value('MatMul', [input, emitMatrix(writer, columns, !transposed)]);
  writer.node('MatMul', [emitMatrix(writer, rows, transposed), right], [output]);
}

function emitMatrix(writer: GraphWriter, { outputs, inputs, weights }: Resampling, transposed: boolean): string {
  if (!transposed) return writer.constant(weights, 'float32', [outputs, inputs]);
  const flipped = weights.map((_, at) => weights[(at % outputs) * inputs + Math.floor(at / outputs)]);
  return writer.constant(flipped, 'float32', [inputs, outputs]);
}
