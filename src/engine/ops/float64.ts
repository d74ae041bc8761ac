/** What a float64 graph uses in place of operators that the runtime computes in float32 only: for checks, not speed. */
import type { GraphWriter } from '../onnx/writer.js';
import type { EmitUse } from '../op.js';
import type { Resampling } from './resize.js';

/** The value with its last two axes exchanged. */
export function exchanged(writer: GraphWriter, name: string, rank: number): string {
  const order = Array.from({ length: rank }, (_, i) => i);
  return writer.value('Transpose', [name], { perm: [...order.slice(0, -2), rank - 1, rank - 2] });
}

/** The matrix product of two operands, either of them given transposed. */
export function emitMatmul64(use: EmitUse<Readonly<Record<'a' | 'b', boolean>>>): void {
  const { writer, inputs, outputs, inputTypes, attributes } = use;
  const operand = (i: 0 | 1, transposed: boolean) =>
    transposed ? exchanged(writer, inputs[i], inputTypes[i].shape.length) : inputs[i];
  writer.node('MatMul', [operand(0, attributes.a), operand(1, attributes.b)], outputs);
}

/** Y = R X C^T for x [N, C, H, W], or with `transposed` R^T X C: see `resample`. */
export function emitResample64(
  writer: GraphWriter,
  [input, output]: readonly [input: string, output: string],
  rows: Resampling,
  columns: Resampling,
  transposed = false,
): void {
  const right = writer.value('MatMul', [input, matrix(writer, columns, !transposed)]);
  writer.node('MatMul', [matrix(writer, rows, transposed), right], [output]);
}

function matrix(writer: GraphWriter, { outputs, inputs, weights }: Resampling, transposed: boolean): string {
  if (!transposed) return writer.constant(weights, 'float32', [outputs, inputs]);
  const flipped = weights.map((_, at) => weights[(at % outputs) * inputs + Math.floor(at / outputs)]);
  return writer.constant(flipped, 'float32', [inputs, outputs]);
}

/** Mean and biased variance over batch and pixels, and y as `emitBatchNorm64` has it. */
export function emitTraining64(use: EmitUse<{ readonly epsilon: number }>): void {
  const { writer, inputs, outputs } = use;
  const average = (of: string, output: string) =>
    writer.node('ReduceMean', [of, writer.int64s([0, 2, 3])], [output], { keepdims: 0 });
  const [mean, variance] = [1, 2].map((i) => outputs[i] || writer.fresh('statistic'));
  average(inputs[0], mean);
  const centred = writer.value('Sub', [inputs[0], writer.reshape(mean, [1, use.inputTypes[1].shape[0], 1, 1])]);
  average(writer.value('Mul', [centred, centred]), variance);
  emitBatchNorm64({ ...use, inputs: [...inputs, mean, variance], outputs: outputs.slice(0, 1) });
}

/**
 * y = (x - mean) gamma / sqrt(variance + epsilon) + beta: the operator itself would round epsilon to float32.
 * @param use.inputs x, gamma, beta, mean, variance; '' for a beta or mean of 0
 */
export function emitBatchNorm64(use: EmitUse<{ readonly epsilon: number }>): void {
  const { writer, inputs, outputs, attributes, inputTypes } = use;
  const shape = [1, inputTypes[0].shape[1], 1, 1];
  const [gamma, beta, mean, variance] = inputs.slice(1).map((name) => name && writer.reshape(name, shape));
  const deviation = writer.value('Sqrt', [writer.value('Add', [variance, writer.scalar(attributes.epsilon)])]);
  const centred = mean ? writer.value('Sub', [inputs[0], mean]) : inputs[0];
  const factors = [centred, writer.value('Div', [gamma, deviation])];
  if (beta) writer.node('Add', [writer.value('Mul', factors), beta], outputs);
  else writer.node('Mul', factors, outputs);
}
