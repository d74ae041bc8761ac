/** A graph of symbolic tensors, written as the bytes of an ONNX model. */
import { create, toBinary } from '@bufbuild/protobuf';
import { type InferenceGraph, rewriteForInference } from '../inference.js';
import { MOST_NODES_WITHOUT_SIZES } from '../lower/cpu/constants.js';
import { cpu } from '../lower/cpu/index.js';
import { lowered, type Target } from '../lower/target.js';
import { showNode } from '../op.js';
import { reshapeOp } from '../ops/broadcasting.js';
import { type ConstantAttributes, isConstant, isSource, type SourceAttributes, storeConstant } from '../ops/source.js';
import { simplify } from '../simplify.js';
import { type ElementType, type Floats, nodesOf, type Shape, type Tensor } from '../tensor.js';
import {
  type ModelProto,
  ModelProtoSchema,
  TensorShapeProto_DimensionSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx_pb.js';
import { scheduled } from './schedule.js';
import { GraphWriter, onnxType } from './writer.js';

/** As old as the operators allow, for the sake of other programs. */
const OPSET = 17n;
const IR_VERSION = 8n;

export interface ModelOptions {
  /**
   * Sources to store in the model, by name, in place of asking for them at each run. What follows from them alone is
   * worked out beforehand (`rewriteForInference`).
   */
  readonly constants?: ReadonlyMap<string, Floats>;
  /**
   * How constants of two and more axes are stored. float16 takes half the space; what is computed stays float32, with
   * weights rounded to 11 bits.
   */
  readonly weights?: 'float32' | 'float16';
  /**
   * Names for axes that may have any size; every input and output of rank 4 has them as axes 0, 2 and 3, but for those
   * of one pixel, which stay so. A number in place of a name fixes an axis at the size that the tensors have.
   */
  readonly dynamic?: FreeAxes;
  /** Inputs that keep their size in a model with dynamic axes: weights that are fed. */
  readonly fixed?: { has(name: string): boolean };
  /** Key-value pairs of the model's metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** What the graph is lowered for; `cpu` by default. The target `float64` knows no dynamic sizes. */
  readonly target?: Target;
  /**
   * Outputs of which only the elements in row-major order matter: they may have another shape of as many elements, which
   * spares a copy where a reshape would come last.
   */
  readonly elementsOnly?: { has(name: string): boolean };
}

type FreeAxes = readonly [batch: string | number, height: string | number, width: string | number];

/** Shape and type of a value as the model stores it. */
export interface ValueType {
  readonly shape: Shape;
  readonly dtype: ElementType;
}

/** A model and what it asks for. */
export interface Model {
  readonly bytes: Uint8Array;
  /** Inputs that the graph really reads, by name. */
  readonly inputs: ReadonlyMap<string, ValueType>;
  readonly outputs: ReadonlyMap<string, ValueType>;
  /** How many nodes it has: a measure of its size that does not vary. */
  readonly nodeCount: number;
}

/**
 * Writes the graph that computes `outputs`.
 * @throws NddrError when weights are to be stored as float16 and one is too large for that
 * @throws Error when an op cannot be written for the target or for free sizes
 */
export function toModel(outputs: Readonly<Record<string, Tensor>>, options: ModelOptions = {}): Model {
  const { dynamic, fixed, metadata = {}, target = cpu } = options;
  const isFree = dynamic?.some((axis) => typeof axis === 'string') ?? false;
  if (dynamic && target.precision === 'float64')
    throw new Error('a float64 graph has fixed sizes: leave out `dynamic`');
  const names = Object.keys(outputs);
  const { outputs: prepared, constants } = prepare(Object.values(outputs), target, options);
  const results = prepared.map((result, i) => (options.elementsOnly?.has(names[i]) ? withoutReshape(result) : result));
  const writer = new GraphWriter(target, isFree);
  const inputs = writeNodes(writer, names, results, { constants, weights: options.weights });

  const inputSizes = dynamic
    ? free(dynamic)
    : writer.nodes.length > MOST_NODES_WITHOUT_SIZES
      ? statedSizes
      : unstatedSizes;
  const outputTypes = new Map(names.map((name, i) => [name, valueType(writer, results[i])] as const));
  const model: ModelProto = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'nddr',
    opsetImport: [...writer.domains].map((domain) => ({ domain, version: domain === '' ? OPSET : 1n })),
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'nddr',
      node: scheduled(writer.nodes),
      initializer: writer.initializers,
      input: [...inputs].map(([name, type]) => valueInfo(name, type, fixed?.has(name) ? statedSizes : inputSizes)),
      output: [...outputTypes].map(([name, type]) => valueInfo(name, type, dynamic ? free(dynamic) : statedSizes)),
    },
  });
  return { bytes: toBinary(ModelProtoSchema, model), inputs, outputs: outputTypes, nodeCount: writer.nodes.length };
}

/**
 * The graph as it is written: simplified, and rewritten for its use. A graph with constants is for inference. A target's
 * rewrites are chosen for one size, so a graph of free sizes is not rewritten.
 */
function prepare(
  outputs: readonly Tensor[],
  target: Target,
  { constants, dynamic }: Pick<ModelOptions, 'constants' | 'dynamic'>,
): InferenceGraph {
  if (constants) return rewriteForInference(simplify(outputs), constants);
  return { outputs: simplify(dynamic ? outputs : lowered(outputs, target)), constants: new Map() };
}

const withoutReshape = (x: Tensor): Tensor =>
  x.node.rules.name === reshapeOp.name ? withoutReshape(x.node.inputs[0]) : x;

/** Shape and type of a tensor as the graph stores it. */
const valueType = (writer: GraphWriter, { shape, dtype }: Tensor): ValueType => ({
  shape,
  dtype: writer.stored(dtype),
});

/** Writes all nodes that the results need, and the results under their names. @returns what the graph asks for */
function writeNodes(
  writer: GraphWriter,
  names: readonly string[],
  results: readonly Tensor[],
  { constants, weights = 'float32' }: { constants: InferenceGraph['constants']; weights: ModelOptions['weights'] },
): Map<string, ValueType> {
  const nodes = nodesOf(results);
  const used = new Set<Tensor>([...results, ...nodes.flatMap(({ inputs }) => inputs)]);
  const inputs = new Map<string, ValueType>();
  const values = new Map<Tensor, string>();
  const nameOf = (tensor: Tensor) => values.get(tensor) as string; // inputs are named before their readers
  const resultNames = new Map<Tensor, string>();
  for (const [i, tensor] of results.entries()) if (!resultNames.has(tensor)) resultNames.set(tensor, names[i]);

  for (const node of nodes) {
    writer.within(node.label);
    if (isSource(node)) {
      const { name } = node.attributes as SourceAttributes;
      const tensor = node.outputs[0];
      const data = constants.get(name);
      values.set(tensor, name);
      // Vectors (biases) are a thousandth of the file: they keep all their digits.
      if (data && weights === 'float16' && tensor.shape.length > 1) writer.halfInitializer(name, data, tensor.shape);
      else if (data) writer.initializer(name, data, 'float32', tensor.shape);
      else inputs.set(name, valueType(writer, tensor));
      continue;
    }
    if (isConstant(node.outputs[0])) {
      values.set(node.outputs[0], storeConstant(writer, node.attributes as ConstantAttributes));
      continue;
    }
    // An operator's first output cannot be left out, even where only a later one is read.
    for (const output of node.outputs) {
      const wanted = used.has(output) || output.slot === 0;
      values.set(output, wanted ? (resultNames.get(output) ?? writer.fresh(node.rules.name)) : '');
    }
    const emit = writer.target.emissions.get(node.rules.name) ?? node.rules.emit;
    emit({
      writer,
      inputs: node.inputs.map(nameOf),
      outputs: node.outputs.map(nameOf),
      attributes: node.attributes,
      inputTypes: node.inputs,
      outputTypes: node.outputs,
      used: node.outputs.map((output) => used.has(output)),
      where: showNode(node),
    });
  }
  // An output that is itself an input, or a second name for one value, needs a node that carries it over.
  for (const [i, tensor] of results.entries())
    if (nameOf(tensor) !== names[i]) writer.node('Identity', [nameOf(tensor)], [names[i]]);
  return inputs;
}

/** The shape as a model states it, in numbers and in names of what may vary; or not at all. */
type Sizes = (shape: Shape) => readonly (number | string)[] | undefined;

/** Of a shape of four axes, 0, 2 and 3 are free. A map of one pixel, an answer about the whole image, keeps its size. */
const free =
  ([batch, height, width]: FreeAxes): Sizes =>
  (shape) => {
    if (shape.length !== 4) return shape;
    return shape[2] * shape[3] === 1 ? [batch, shape[1], 1, 1] : [batch, shape[1], height, width];
  };

const statedSizes: Sizes = (shape) => shape;

/**
 * If the runtime knows sizes, it plans which values share memory, and holds a piece of memory until the last value of
 * that shape has been read, which may be at the end of the backward pass. Without sizes it takes and frees memory as it runs,
 * and a training step needs two thirds at its peak: docs/decisions/007-memory.md. The rank is left out too, because for
 * a value with a rank and without sizes the runtime searches all free memory, and finds none.
 */
const unstatedSizes: Sizes = () => undefined;

function valueInfo(name: string, { dtype, shape }: ValueType, sizes: Sizes): ValueInfoProto {
  const dim = sizes(shape)?.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof size === 'number' ? { case: 'dimValue', value: BigInt(size) } : { case: 'dimParam', value: size },
    }),
  );
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: onnxType[dtype], shape: dim && { dim } } } },
  });
}
