/** Collects the nodes and constants of one ONNX graph. */
import { create } from '@bufbuild/protobuf';
import { NddrError } from '../../errors.js';
import { FLOAT16_MAX, toFloat16 } from '../float16.js';
import type { Target } from '../lower/target.js';
import type { DType, ElementType, Floats, Shape } from '../tensor.js';
import { sizeOf } from '../tensor.js';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
} from './onnx_pb.js';

export const onnxType: Record<ElementType, TensorProto_DataType> = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
  uint8: TensorProto_DataType.UINT8,
};

export type Attribute = number | { readonly float: number } | string | readonly number[];
export type Numbers = readonly number[] | Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

export type Reduction = 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin';

const arrayOf: Record<ElementType, (values: Iterable<number>) => ArrayBufferView> = {
  float32: (values) => (values instanceof Float32Array ? values : Float32Array.from(values)),
  float64: (values) => (values instanceof Float64Array ? values : Float64Array.from(values)),
  int32: (values) => (values instanceof Int32Array ? values : Int32Array.from(values)),
  int64: (values) => (values instanceof BigInt64Array ? values : BigInt64Array.from(values, BigInt)),
  bool: (values) => (values instanceof Uint8Array ? values : Uint8Array.from(values)),
  uint8: (values) => (values instanceof Uint8Array ? values : Uint8Array.from(values)),
};

function bytesOf(values: Numbers, dtype: ElementType): Uint8Array {
  const { buffer, byteOffset, byteLength } = arrayOf[dtype](values as Iterable<number>);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

const latin1 = new TextDecoder('latin1');

export class GraphWriter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly domains = new Set<string>(['']);
  private readonly constants = new Map<string, string>();
  private readonly made = new Map<string, string>();
  private count = 0;
  private label = '';

  /**
   * @param target what the graph is lowered for
   * @param dynamic the graph must hold for any batch size, height and width: an emission may not write sizes of
   *   these axes down, it reads them from the values
   */
  constructor(
    readonly target: Target,
    readonly dynamic: boolean,
  ) {}

  /** The type with which this graph stores tensors of a type. */
  stored(dtype: DType): ElementType {
    return dtype === 'float32' ? this.target.precision : dtype;
  }

  /** That type as a number of ONNX, for the attribute of Cast. */
  typeCode(dtype: DType): TensorProto_DataType {
    return onnxType[this.stored(dtype)];
  }

  /** Sets the layer of the nodes that follow: the first part of their names. */
  within(label: string): void {
    this.label = label;
  }

  fresh(hint: string): string {
    return `${this.label || 'graph'}/${hint.toLowerCase()}.${this.count++}`;
  }

  /** Adds a node that writes to named outputs. A number without fraction is an `int`: use `{ float }` otherwise. */
  node(
    type: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Record<string, Attribute> = {},
    domain = '',
  ): void {
    this.domains.add(domain);
    this.nodes.push(
      create(NodeProtoSchema, {
        name: this.fresh(type),
        opType: type,
        domain,
        input: [...inputs],
        output: [...outputs],
        attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
      }),
    );
  }

  /** Adds a node with one fresh output and returns that output's name. */
  value(type: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}, domain = ''): string {
    const output = this.fresh(`${type}_value`);
    this.node(type, inputs, [output], attributes, domain);
    return output;
  }

  /**
   * Adds a reduction over axes and returns its output's name. Up to opset 17 only ReduceSum takes its axes as an input.
   * @param keepDims whether the axes stay, with size 1
   */
  reduce(
    type: Reduction,
    input: string,
    axes: readonly number[],
    keepDims: boolean,
    output = this.fresh(type),
  ): string {
    const keepdims = keepDims ? 1 : 0;
    if (type === 'ReduceSum') this.node(type, [input, this.int64s(axes)], [output], { keepdims });
    else this.node(type, [input], [output], { axes, keepdims });
    return output;
  }

  /**
   * Adds a Reshape and returns its output's name. In a graph of fixed sizes the largest size is left for the runtime to
   * find (-1): where it knows all sizes it holds memory longer, see `unstatedSizes` in model.ts.
   */
  reshape(input: string, shape: readonly number[], output = this.fresh('reshape_value')): string {
    const given = this.dynamic || shape.length === 0 || shape.some((n) => n < 1);
    const free = given ? shape : shape.with(shape.indexOf(Math.max(...shape)), -1);
    this.node('Reshape', [input, this.int64s(free)], [output]);
    return output;
  }

  /** The name of a constant; equal small constants are stored once. Numbers are rounded to how the graph stores them. */
  constant(values: Numbers, dtype: DType, shape: Shape): string {
    const rawData = bytesOf(values, this.stored(dtype));
    // Latin-1 makes one character of each byte, so equal keys are equal bytes.
    const key = rawData.length <= 65_536 ? `${dtype}|${shape.join()}|${latin1.decode(rawData)}` : undefined;
    const known = key && this.constants.get(key);
    if (known) return known;
    const name = `constant.${this.initializers.length}`;
    this.store(name, rawData, this.typeCode(dtype), shape);
    if (key) this.constants.set(key, name);
    return name;
  }

  /** A constant of one number for every element of a shape: the number is stored once and expanded in the graph. */
  filled(value: number, shape: Shape): string {
    if (sizeOf(shape) <= 64) return this.constant(new Array(sizeOf(shape)).fill(value), 'float32', shape);
    const key = `filled|${value}|${shape.join()}`;
    const known = this.constants.get(key);
    if (known) return known;
    const name = this.value('Expand', [this.constant([value], 'float32', []), this.int64s(shape)]);
    this.constants.set(key, name);
    return name;
  }

  /** The name of a value that is made at most once: `make` makes it when `key` is asked for first. */
  once(key: string, make: () => string): string {
    const known = this.made.get(key);
    if (known) return known;
    const name = make();
    this.made.set(key, name);
    return name;
  }

  int64s(values: readonly number[]): string {
    return this.constant(values, 'int64', [values.length]);
  }

  scalar(value: number): string {
    return this.constant([value], 'float32', []);
  }

  /** Stores a value under a name that the graph reads. */
  initializer(name: string, values: Numbers, dtype: DType, shape: Shape): void {
    this.store(name, bytesOf(values, this.stored(dtype)), this.typeCode(dtype), shape);
  }

  /**
   * Stores a value rounded to float16, under a name that the graph reads as float32: a Cast that the runtime does when
   * it opens the model.
   * @throws NddrError when a value is too large
   */
  halfInitializer(name: string, values: Floats, shape: Shape): void {
    const beyond = values.find((value) => !(Math.abs(value) <= FLOAT16_MAX));
    if (beyond !== undefined)
      throw new NddrError(
        `${name} holds ${beyond}, and float16 ends at ${FLOAT16_MAX}: store this model's weights as float32.`,
      );
    const { buffer } = toFloat16(Float32Array.from(values));
    const stored = `${name}/float16`;
    this.store(stored, new Uint8Array(buffer), TensorProto_DataType.FLOAT16, shape);
    this.node('Cast', [stored], [name], { to: this.typeCode('float32') });
  }

  private store(name: string, rawData: Uint8Array, dataType: TensorProto_DataType, shape: Shape): void {
    this.initializers.push(create(TensorProtoSchema, { name, dataType, dims: shape.map(BigInt), rawData }));
  }
}

function attributeProto(name: string, value: Attribute): AttributeProto {
  const { INT, INTS, FLOAT, STRING } = AttributeProto_AttributeType;
  if (typeof value === 'number') return create(AttributeProtoSchema, { name, type: INT, i: BigInt(value) });
  if (typeof value === 'string')
    return create(AttributeProtoSchema, { name, type: STRING, s: new TextEncoder().encode(value) });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: INTS, ints: value.map(BigInt) });
}
