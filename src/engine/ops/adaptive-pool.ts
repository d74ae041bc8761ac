/** Average pooling to a given size, whatever the size of the image. */
import type { GraphWriter } from '../onnx/writer.js';
import { defineOp } from '../op.js';
import { showShape, type Tensor } from '../tensor.js';
import { emitIndices, emitSize } from './free-sizes.js';
import { emitResampling, type Resampling, resample } from './resampling.js';

interface PooledSize {
  readonly height: number;
  readonly width: number;
}

/**
 * Means of x [N, C, H, W] over height x width rectangles that cover it: rectangle i of n spans the rows
 * floor(i H / n) to ceil((i + 1) H / n), exclusive, as PyTorch has it; they overlap where n does not divide H.
 * @returns [N, C, height, width], also in a model of free size
 */
export const adaptiveAvgPool = (x: Tensor, height: number, width: number): Tensor =>
  adaptiveAvgPoolOp([x], { height, width })[0];

const adaptiveAvgPoolOp = defineOp<PooledSize>({
  name: 'adaptiveAvgPool',
  infer: ([x], { height, width }) => {
    if (x.shape.length !== 4) throw new Error(`expected [N, C, H, W], got ${showShape(x.shape)}`);
    return { shape: [x.shape[0], x.shape[1], height, width], dtype: 'float32' };
  },
  gradient: ({ inputs: [x], attributes: { height, width }, gradient }) => [
    resample(gradient, means(height, x.shape[2]), means(width, x.shape[3]), true),
  ],
  emit: ({ writer, inputs: [x], outputs: [y], attributes: { height, width }, inputTypes: [{ shape }] }) => {
    if (!writer.dynamic) return emitResampling(writer, [x, y], means(height, shape[2]), means(width, shape[3]));
    const columns = writer.value('Transpose', [emitMeans(writer, x, 3, width)], { perm: [1, 0] });
    const wide = writer.value('MatMul', [x, columns]); // [N,C,H,W] -> [N,C,H,width]
    writer.node('MatMul', [emitMeans(writer, x, 2, height), wide], [y]);
  },
});

/** The matrix [outputs, inputs] that takes the means along one axis. */
function means(outputs: number, inputs: number): Resampling {
  const weights = new Float64Array(outputs * inputs);
  for (let i = 0; i < outputs; i++) {
    const [from, to] = [Math.floor((i * inputs) / outputs), Math.ceil(((i + 1) * inputs) / outputs)];
    weights.fill(1 / (to - from), i * inputs + from, i * inputs + to);
  }
  return { outputs, inputs, weights };
}

/** The same matrix, made when the graph runs of the size that axis `axis` of `x` has then. */
function emitMeans(writer: GraphWriter, x: string, axis: number, outputs: number): string {
  const column = (offset: number) =>
    writer.constant(
      Array.from({ length: outputs }, (_, i) => i + offset),
      'float32',
      [outputs, 1],
    );
  const size = emitSize(writer, x, axis);
  // floor((a + 1/2) / n) is floor(a / n) for whole numbers, also where a device divides inexactly.
  const divided = (value: string) => {
    const half = writer.value('Add', [value, writer.scalar(0.5)]);
    return writer.value('Floor', [writer.value('Div', [half, writer.scalar(outputs)])]);
  };
  const from = divided(writer.value('Mul', [column(0), size]));
  // ceil(a / n) = floor((a + n - 1) / n)
  const to = divided(writer.value('Add', [writer.value('Mul', [column(1), size]), writer.scalar(outputs - 1)]));
  const pixels = emitIndices(writer, x, axis);
  const inside = writer.value('And', [
    writer.value('GreaterOrEqual', [pixels, from]),
    writer.value('Less', [pixels, to]),
  ]);
  const ones = writer.value('Cast', [inside], { to: writer.typeCode('float32') });
  return writer.value('Div', [ones, writer.value('Sub', [to, from])]);
}
