/** Where values come from: inputs fed at each run, and constants. */
import type { GraphWriter } from '../onnx/writer.js';
import { defineOp } from '../op.js';
import { type DType, type Floats, type Node, type Shape, showShape, sizeOf, type Tensor } from '../tensor.js';

export interface SourceAttributes {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}

const sourceOp = defineOp<SourceAttributes>({
  name: 'source',
  infer: (_, { shape, dtype }) => ({ shape, dtype }),
  gradient: 'zero',
  emit: ({ attributes }) => {
    throw new Error(`${attributes.name} is an input of the graph, not a node`);
  },
});

/** A value that is fed by its name at each run, or stored in the model by `ModelOptions.constants`. */
export function source(name: string, shape: Shape, dtype: DType = 'float32'): Tensor {
  return sourceOp([], { name, shape, dtype })[0];
}

export const isSource = (node: Node): boolean => node.rules === sourceOp;

export interface ConstantAttributes {
  readonly shape: Shape;
  /** One number for all elements, or all of them in row-major order. */
  readonly values: number | Floats;
}

export const constantOp = defineOp<ConstantAttributes>({
  name: 'constant',
  infer: (_, { shape, values }) => {
    if (typeof values !== 'number' && values.length !== sizeOf(shape))
      throw new Error(`${values.length} values for a constant of shape ${showShape(shape)}`);
    return { shape, dtype: 'float32' };
  },
  gradient: 'zero',
  emit: () => {
    throw new Error('a constant is stored in the graph, not computed');
  },
});

/** Stores a constant and returns its name. */
export function storeConstant(writer: GraphWriter, { shape, values }: ConstantAttributes): string {
  return typeof values === 'number' ? writer.filled(values, shape) : writer.constant(values, 'float32', shape);
}

/**
 * A float32 constant.
 * @param values one number for all elements, or all elements in row-major order; the model rounds them to its precision
 */
export function constant(values: number | Floats, shape: Shape = []): Tensor {
  return constantOp([], { shape, values })[0];
}

/** The number that a constant holds everywhere, or undefined. */
export function uniformValue(tensor: Tensor): number | undefined {
  if (tensor.node.rules !== constantOp) return undefined;
  const { values } = tensor.node.attributes as ConstantAttributes;
  return typeof values === 'number' ? values : undefined;
}

/** The same value, through which no gradient flows. */
export function stopGradient(x: Tensor): Tensor {
  return stopOp([x], {})[0];
}

const stopOp = defineOp<object>({
  name: 'stopGradient',
  keepsCells: true,
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: 'zero',
  emit: ({ writer, inputs, outputs }) => writer.node('Identity', inputs, outputs),
});

export const isConstant = (tensor: Tensor): boolean => tensor.node.rules === constantOp;
